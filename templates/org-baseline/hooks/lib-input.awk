# What both hooks share: which tools there are, reading the tool call (JSON), tidying a path, and saying no.
# POSIX awk only: no intervals, no character classes, no length(array), so that every awk reads it alike. `split` gets a
# regular expression, because one awk also splits at newlines when it gets a single character.

# The tools that run a command and the tools that write files, agent by agent: several agents run the hooks of one settings
# file, and one of them every hook for every tool. A name is compared in lower case. What a tool does that is not named here
# is told by what it is given.
BEGIN {
  # Claude Code
  know("runs", "bash powershell monitor"); know("writes", "edit multiedit write notebookedit")
  # Codex
  know("runs", "bash"); know("writes", "apply_patch")
  # Copilot CLI: its own names in its own hooks, Claude's in Claude's file
  know("runs", "bash powershell"); know("writes", "create edit apply_patch")
  # VS Code
  know("runs", "run_in_terminal"); know("writes", "create_file insert_edit_into_file replace_string_in_file")
  know("writes", "multi_replace_string_in_file apply_patch edit_notebook_file editfiles")
  # Gemini CLI
  know("runs", "run_shell_command"); know("writes", "write_file replace")
  # Cursor
  know("runs", "shell"); know("writes", "write edit strreplace editnotebook delete")
  # OpenCode
  know("runs", "bash"); know("writes", "edit multiedit write patch apply_patch")
}

# Afterwards does[tool] is `kind` for each of the names.
function know(kind, names,    count, i, name) {
  count = split(names, name, / /)
  for (i = 1; i <= count; i++) does[name[i]] = kind
}

# ---- Saying no. Each of these prints the verdict and stops.

function deny(what, why, instead) {
  if (length(what) > 160) what = substr(what, 1, 157) "..."
  gsub(/[\001-\037]/, " ", what)
  print "blocked `" what "`: " why "."
  print "Instead: " instead "."
  exit 2
}

function unreadable(why) {
  print "blocked, because this tool call could not be checked: " why "."
  print "Instead: write it more simply, or ask a person to do it."
  exit 2
}

# ---- The call.

# Reads the hook's input, whichever agent wrote it. Afterwards `tool` is the tool's name in lower case, or "" if it has none;
# `started_in` the folder that it runs in, or ""; `call` the path of what the tool is given, for json_string(call "\nkey");
# and `call_text` what it is given if that is a text without keys.
function read_call(document) {
  json_read(document)
  if (json_has("\ntool_name")) tool = json_string("\ntool_name")
  else if (json_has("\ntoolName")) tool = json_string("\ntoolName")
  else if (json_has("\ninput\ntool")) tool = json_string("\ninput\ntool")
  tool = tolower(tool)
  if (json_has("\ncwd")) started_in = json_string("\ncwd")

  call = "\ntool_input"
  if (!(call in json_at) && ("\ntoolArgs" in json_at)) call = "\ntoolArgs"
  if (!(call in json_at) && ("\noutput\nargs" in json_at)) call = "\noutput\nargs"
  if (!json_has(call)) return
  # A string instead of an object: JSON once more, or the patch itself, as Copilot's apply_patch has it.
  call_text = json_string(call)
  if (call_text !~ /^[ \t\r\n]*[{]/) return
  json_read(call_text)
  call = call_text = ""
}

# ---- JSON.
# The text is cut at every double quote, so that pieces are outside and inside strings by turns; an escaped quote makes the
# string go on in the next piece. The outside pieces give the structure. Strings are decoded only when asked for.

# Reads one document; afterwards json_string(path) answers. A path is "\nkey\nkey", so a key inside another string or
# another object is never taken for the one that is meant.
function json_read(text,    count, i) {
  # `split` of nothing empties an array, in every awk.
  split("", json_token); split("", json_at)
  json_tokens = 0
  count = split(text, json_piece, /"/)
  for (i = 1; i <= count; i++) {
    json_outside(json_piece[i])
    if (i == count) break
    i = json_inside(i + 1, count)
  }
  json_next = 1
  json_value("", 0)
  if (json_next <= json_tokens) unreadable("its JSON goes on after its end")
}

function json_outside(text) {
  for (;;) {
    sub(/^[ \t\r\n]+/, "", text)
    if (text == "") return
    if (match(text, /^[][{},:]/)) json_token[++json_tokens] = substr(text, 1, 1)
    else if (match(text, /^(true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?)/)) json_token[++json_tokens] = "literal"
    else unreadable("it is not JSON")
    text = substr(text, RLENGTH + 1)
  }
}

# A string that starts with piece `i`; returns its last piece.
function json_inside(i, count,    first, body, escaped) {
  for (first = i; ; i++) {
    if (i >= count) unreadable("its JSON ends inside a string")
    body = json_piece[i]
    escaped = match(body, /\\+$/) && RLENGTH % 2
    if (escaped) body = substr(body, 1, length(body) - 1)
    if (body ~ /[\001-\037]/) unreadable("its JSON has a raw control character in a string")
    gsub(/\\(["\\\/bfnrt]|u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])/, "", body)
    if (index(body, "\\")) unreadable("its JSON has an unknown escape in a string")
    if (!escaped) break
  }
  json_token[++json_tokens] = "string"
  json_first[json_tokens] = first
  json_last[json_tokens] = i
  return i
}

function json_value(path, depth,    token, key, item) {
  if (depth > 100) unreadable("its JSON is nested too deeply")
  if (path in json_at) unreadable("its JSON says one key twice")
  json_at[path] = json_next
  token = json_token[json_next++]
  if (token == "string" || token == "literal") return
  if (token == "{") {
    if (json_token[json_next] == "}") { json_next++; return }
    do {
      if (json_token[json_next] != "string") unreadable("it is not JSON")
      key = json_decode(json_next++)
      if (key ~ /[\001-\037]/) unreadable("its JSON has a control character in a key")
      if (json_token[json_next++] != ":") unreadable("it is not JSON")
      json_value(path "\n" key, depth + 1)
      token = json_token[json_next++]
    } while (token == ",")
    if (token != "}") unreadable("it is not JSON")
    return
  }
  if (token == "[") {
    if (json_token[json_next] == "]") { json_next++; return }
    do {
      json_value(path "\n[" item++ "]", depth + 1)
      token = json_token[json_next++]
    } while (token == ",")
    if (token != "]") unreadable("it is not JSON")
    return
  }
  unreadable(json_tokens ? "it is not JSON" : "it is empty")
}

function json_has(path) {
  return (path in json_at) && json_token[json_at[path]] == "string"
}

function json_string(path) {
  return json_decode(json_at[path])
}

function json_decode(token,    raw, i, count, part, out, block, letter, at) {
  # A long text grows by blocks: letter by letter it would take so long that the agent gives up on the hook and goes on without it.
  block = json_piece[json_first[token]]
  for (i = json_first[token] + 1; i <= json_last[token]; i++) {
    block = block "\"" json_piece[i]
    if (length(block) > 2000) { raw = raw block; block = "" }
  }
  count = split(raw block, part, /\\/)
  block = part[1]
  for (i = 2; i <= count; i++) {
    letter = substr(part[i], 1, 1)
    if (letter == "") block = block "\\" part[++i]
    else if (letter == "u") block = block json_character(substr(part[i], 2, 4)) substr(part[i], 6)
    else {
      at = index("bfnrt", letter)
      block = block (at ? substr("\b\f\n\r\t", at, 1) : letter) substr(part[i], 2)
    }
    if (length(block) > 2000) { out = out block; block = "" }
  }
  return out block
}

# A \uXXXX as UTF-8. Half of a surrogate pair becomes three bytes of its own: wrong as text, harmless to the rules.
function json_character(hex,    i, code) {
  hex = tolower(hex)
  for (i = 1; i <= 4; i++) code = code * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
  if (code == 0) unreadable("it has a NUL in a string")
  if (code < 128) return sprintf("%c", code)
  if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
  return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
}

# ---- Paths.

# Without `//`, `.` and a `..` that can be folded: "/a/../b/" is "/b", "a/.." is ".", "/.." is "/". Links are not followed.
function tidy(path,    count, i, depth, part, kept, out) {
  count = split(path, part, /\//)
  for (i = 1; i <= count; i++) {
    if (part[i] == "" || part[i] == ".") continue
    if (part[i] != "..") kept[++depth] = part[i]
    else if (depth && kept[depth] != "..") depth--
    else if (path !~ /^\//) kept[++depth] = ".."
  }
  for (i = 1; i <= depth; i++) out = out (i > 1 ? "/" : "") kept[i]
  if (path ~ /^\//) return "/" out
  return out == "" ? "." : out
}

# `path` seen from `folder`; "" when `folder` is not known and needed.
function resolve(folder, path) {
  if (path ~ /^\//) return tidy(path)
  return folder == "" ? "" : tidy(folder "/" path)
}
