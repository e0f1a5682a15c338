# Prints the edition that a Cargo.toml on standard input gives: a year; `above` if it is inherited from a workspace further up, or
# if this is a workspace's manifest without one; nothing if a package gives none.
#
#   awk -v inherited=0 -f edition.awk     1: only what the workspace gives to its members counts

{
  sub(/#.*/, "")
}

/^[ \t]*\[/ {
  table = $0
  gsub(/[][ \t\r]/, "", table)
  if (table == "package") package = 1
  next
}

!/^[ \t]*edition[ \t.=]/ {
  next
}

table == "package" && /workspace[ \t]*=[ \t]*true/ {
  inherited = 1
}

match($0, /["'][0-9]+["']/) {
  year[table] = substr($0, RSTART + 1, RLENGTH - 2)
}

END {
  if (package && !inherited) print year["package"]
  else if ("workspace.package" in year) print year["workspace.package"]
  else print "above"
}
