# Prints the Rust files that a tool call has written, one a line, whichever agent made the call. Runs after input.awk.
#
# An agent may run every hook for every tool, so the tool's name counts: only these write. Without a name, it is taken to be one.

BEGIN {
  # Claude Code, Codex, Copilot; VS Code; Gemini; Cursor, OpenCode. In lower case.
  count = split("edit multiedit write create apply_patch " \
    "create_file insert_edit_into_file replace_string_in_file multi_replace_string_in_file editfiles " \
    "write_file replace strreplace patch", list, / /)
  for (i = 1; i <= count; i++) writes[list[i]]
}

END {
  tool = tolower(said("tool_name") said("toolName"))
  if (tool != "" && !(tool in writes)) exit
  # What the tool was given may be a string: JSON once more, or the patch itself.
  given = said("tool_input") said("toolArgs")
  if (given ~ /^[ \t\r\n]*[{]/) {
    text = "{\"tool_input\":" given "}"
    read_json()
  } else patch(given)

  for (i = 1; i <= paths; i++) {
    if (!sub(/^(tool_input|toolArgs)[.]/, "", path[i])) continue
    given = said("tool_input." path[i]) said("toolArgs." path[i])
    if (path[i] ~ /^(command|input|patch|patchText)$/) patch(given)
    if (path[i] ~ /^((files|edits|replacements)[.][[][0-9]+[]][.])?(file_path|filePath|path)$/) file(given)
    if (path[i] ~ /^files[.][[][0-9]+[]]$/) file(given)
  }
}

# The files that a patch names.
function patch(text,    count, line, i) {
  count = split(text, line, /\n/)
  for (i = 1; i <= count; i++) {
    sub(/[ \t\r]+$/, "", line[i])
    if (sub(/^[ \t]*[*][*][*] (Add File|Update File|Move to):[ \t]*/, "", line[i])) file(line[i])
  }
}

function file(name) {
  if (name ~ /[.]rs$/ && name !~ /\n/) print name
}
