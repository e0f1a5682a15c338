# Prints what an agent that wants to stop says about itself. Runs after input.awk.
#
#   first    it wants to stop
#   again    it was kept going before, by a hook like this
#   over     it was stopped: by a person, or by an error
#   nothing  if it says neither

END {
  # Cursor counts.
  if (said("status") == "aborted" || said("status") == "error") print "over"
  else if (said("stop_hook_active") != "") print (said("stop_hook_active") == "true" ? "again" : "first")
  else if (said("loop_count") != "") print (said("loop_count") + 0 > 0 ? "again" : "first")
}
