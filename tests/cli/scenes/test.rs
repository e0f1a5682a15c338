//! `test` and `check --hooks`: a template does what its tests say, and so do its hooks in a repo.

use snapbox::str;
use support::Scene;

const MANIFEST: &str = r#"
[questions.team]
ask = "Which team?"
kind = "text"

[[hooks]]
id = "guard"
event = "before-tool"
matches = "Bash"
run = "hooks/guard.sh"
timeout = 10
"#;

const GUARD: &str = "#!/bin/sh\ncase $(cat) in *'\"rm'*) echo \"guard: no\" >&2; exit 2 ;; esac\n";

const TESTS: &str = r##"
[answers]
team = "payments"

[files]
"CLAUDE.md" = "# Shop\n"

[expect]
present = [".claude/hooks/gate/guard.sh"]
absent = [".mcp.json"]

[expect.contains]
"CLAUDE.md" = ["# Shop", "Ask payments."]

[hooks.guard]
blocks = [["rm -rf ~", "the home folder"], ["rm x", "any file"]]
passes = [["ls", "looking"]]

[[hooks.guard.cases]]
why = "says so"
input = '{"tool_input": {"command": "rm"}}'
exit = 2
says = ["guard: no"]
"##;

fn gate() -> Scene {
    Scene::new().source(
        "gate",
        "1.0.0",
        &[
            ("template.toml", MANIFEST),
            ("hooks/guard.sh", GUARD),
            ("root.md.jinja", "Ask {{ team }}.\n"),
            ("tests/shop.toml", TESTS),
        ],
    )
}

#[test]
fn a_template_that_does_what_its_tests_say_passes() {
    let scene = gate();
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
gate 1.0.0: 1 test passed
  ok          tests/shop.toml: guard 4/4

"#]]);
    scene
        .run("agentpkg test ../templates/gate --bless")
        .prints(str![[r#"
gate 1.0.0: 1 test passed
  ok          tests/shop.toml: guard 4/4
  written     tests/shop.tree

"#]]);
    scene.reads(
        "../templates/gate/tests/shop.tree",
        str![[r#"
==== .claude/hooks/gate/guard.hook 0644
# How the hook guard of gate is run. agentpkg wrote this from template.toml.
blocks=yes
seconds=9
matches='Bash'
set -- "$here/gate/guard.sh"
==== .claude/hooks/gate/guard.sh 0755
#!/bin/sh
case $(cat) in *'"rm'*) echo "guard: no" >&2; exit 2 ;; esac
==== .claude/hooks/run 0644
#!/bin/sh
# run AGENT EVENT TEMPLATE/HOOK: runs a hook of a template as Claude Code would, whichever agent calls it. agentpkg wrote this
# file. POSIX sh and awk, nothing else.
#
# stdin   what the agent tells its hooks, one JSON document
# stdout  the answer, as the agent reads it
# exit 2  the hook stops what the agent is about to do; stderr says why
#
# The script is given what Claude Code would give it, with the agent's own words as `agent_input`; AGENT_HOOK_AGENT says which
# agent it is. The file TEMPLATE/HOOK.hook beside this one says what is run: it sets `blocks`, `seconds`, `matches` and the
# words of the command.
#
# A gate, a hook before a tool that blocks, fails closed: input that can't be read, a missing file, a crash, too long a time
# all stop the action. No other hook stops anything by failing.

agent=$1 event=$2 name=$3
case $0 in
*/*) here=${0%/*} ;;
*) here=. ;;
esac

# ---- Ways to end.

# Prints a text as it stands between the quotes of JSON.
quoted() {
  printf '%s' "$1" | LC_ALL=C awk '
    { gsub(/\\/, "&&"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/[\001-\037]/, " ")
      printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }'
}

# Stops the action, and tells the agent why in the way that it listens to.
stop() {
  case $agent in
  claude | codex) ;;
  cursor)
    why=$(quoted "$1")
    [ -z "$why" ] || {
      printf '{"permission":"deny","user_message":"%s","agent_message":"%s"}\n' "$why" "$why"
      exit 0
    }
    ;;
  *)
    why=$(quoted "$1")
    case $event in
    before-tool) printf '{"permissionDecision":"deny","permissionDecisionReason":"%s","decision":"deny","reason":"%s"}\n' "$why" "$why" ;;
    *) printf '{"decision":"block","reason":"%s"}\n' "$why" ;;
    esac
    ;;
  esac
  printf '%s\n' "$1" >&2
  exit 2
}

# Says what went wrong, and stops the action if this is a gate.
fail() {
  if [ "$event" = before-tool ] && [ "$blocks" = yes ]; then
    stop "agentpkg: $name stops this, because it could not do its work: $1. Ask a person to look at $here."
  fi
  printf 'agentpkg: %s: %s\n' "$name" "$1" >&2
  answer '{}'
  exit 0
}

# Answers, where the agent wants an answer to be JSON.
answer() {
  case $agent in
  claude | codex) ;;
  *) printf '%s\n' "$1" ;;
  esac
}

# ---- The hook, and the time that it has.

# Ends a process and all that it started.
end() {
  # A line of /proc has a name in brackets, which may be anything, and a state before the parent.
  kill -KILL "$1" $(
    if [ -r "/proc/$$/stat" ]; then cat /proc/[0-9]*/stat 2>/dev/null; else ps -A -o pid= -o ppid=; fi |
      awk -v top="$1" '
        { sub(/\(.*\) [A-Za-z]/, ""); parent[$1] = $2 }
        END {
          below[top] = grows = 1
          while (grows) { grows = 0; for (id in parent) if (!(id in below) && parent[id] in below) below[id] = grows = 1 }
          for (id in below) if (id != top) print id
        }'
  ) 2>/dev/null
}

# Runs the hook with what file descriptor 3 has; `code` is how it ended, or `late`. Nothing is said here: what a script prints
# may go to a file.
call() {
  "$@" <&3 3<&- &
  running=$!
  wait "$running"
  code=$?
  [ -z "$late" ] || code=late
}

# Starts the clock. When the time is up, this shell hears of it, also while it waits.
start_clock() {
  late=
  trap 'late=yes; end "$running"' ALRM
  (
    trap 'kill "$clock" 2>/dev/null; exit 0' TERM
    sleep "$seconds" &
    clock=$!
    wait "$clock"
    kill -ALRM $$
  ) </dev/null >/dev/null 2>&1 3<&- &
  watch=$!
}

# The clock is stopped whichever way this shell ends: it must not tell another process that has its number by then.
stop_clock() {
  trap '' ALRM
  [ -z "$watch" ] || kill "$watch" 2>/dev/null
  watch=
}

# Says how the hook ended, if that is no way to end.
check() {
  case $code in
  0 | 2) ;;
  late) fail "it took longer than $seconds s" ;;
  *) fail "it ended with $code${why:+, and said: $why}" ;;
  esac
}

watch= why=
blocks=yes
# Nothing outside of this folder is read: nobody approved it.
case $name in
*[!A-Za-z0-9._/-]* | *..* | */*/* | /* | */) fail "$name is not the name of a hook" ;;
*/*) ;;
*) fail "$name is not the name of a hook" ;;
esac
file=$here/$name.hook
[ -f "$file" ] || fail "there is no $file"
set --
. "$file"
[ $# -gt 0 ] || fail "$file says nothing to run"

# ---- Another agent that runs the hooks of Claude Code, too.

# Each of these is set for hooks alone; a Claude Code that another agent starts is still Claude Code.
other=
if [ "$agent" = claude ] && [ -n "$COPILOT_PROJECT_DIR" ]; then
  other=copilot entries=.github/hooks/${name%%/*}.json
elif [ "$agent" = claude ] && [ -n "$CURSOR_VERSION" ] && [ -z "$CLAUDECODE" ]; then
  other=cursor entries=.cursor/hooks.json
fi
if [ -n "$other" ]; then
  # It has an entry of its own for this hook: once is enough.
  if grep -q "/run[\\\\\"]* $other ${event} ${name}[ \\\\\"]" "$here/../../$entries" 2>/dev/null; then exit 0; fi
  agent=$other
fi

export AGENT_HOOK_AGENT="$agent"
if [ "$agent" = claude ]; then
  exec 3<&0
  start_clock
  call "$@"
  stop_clock
  check
  [ "$code" = 0 ] || [ "$blocks" != yes ] || exit 2
  exit 0
fi

# ---- Every other agent.

CLAUDE_PROJECT_DIR=$(cd "$here/../.." && pwd -P) || fail "there is no folder $here/../.."
export CLAUDE_PROJECT_DIR
umask 077
folder=$(mktemp -d "${TMPDIR:-/tmp}/agentpkg-hook.XXXXXX") || fail "no temporary folder can be made"
trap 'stop_clock; rm -rf "$folder"' EXIT
trap 'exit 2' HUP INT TERM

# Reads JSON. The mode `calls` makes of what the agent tells the documents that Claude Code would tell: the files call1, call2 …,
# one for each file that a patch names. The mode `verdict` makes of what a hook answers a word, `go`, `stop` or `says`, with
# what there is to say in the lines below.
json='
BEGIN {
  agent = ENVIRON["AGENT_HOOK_AGENT"]; event = ENVIRON["event"]; matches = ENVIRON["matches"]; folder = ENVIRON["folder"]
  for (i = 1; i < 32; i++) controls = controls sprintf("%c", i)
  means("Bash", "bash powershell shell run_shell_command run_in_terminal exec_command")
  means("Edit", "edit replace strreplace str_replace replace_string_in_file insert_edit_into_file delete")
  means("MultiEdit", "multiedit multi_replace_string_in_file")
  means("Write", "write write_file create create_file")
  means("NotebookEdit", "notebookedit editnotebook edit_notebook_file")
  means("Read", "read read_file view read_many_files")
  means("Glob", "glob file_search")
  means("Grep", "grep rg search_file_content grep_search")
  means("LS", "ls list_directory list_dir")
  means("WebFetch", "webfetch web_fetch fetch_webpage")
  means("WebSearch", "websearch web_search google_web_search")
  means("patch", "apply_patch")
  split("session-start SessionStart prompt UserPromptSubmit before-tool PreToolUse after-tool PostToolUse before-stop Stop " \
    "session-end SessionEnd before-compact PreCompact notification Notification agent-stop SubagentStop", list, / /)
  for (i = 1; i in list; i += 2) claude_event[list[i]] = list[i + 1]
  # Other names of what Claude Code gives.
  split("filePath file_path path file_path absolute_path file_path target_file file_path file_text content " \
    "old_str old_string oldString old_string new_str new_string newString new_string", list, / /)
  for (i = 1; i in list; i += 2) { other[i] = list[i]; ours[i] = list[i + 1] }
}

{ document = document (NR > 1 ? " " : "") $0 }

END {
  if (mode == "verdict") { verdict(); exit 0 }
  if (!read_json(document) || token[1] != "{") exit 3
  is_tool = event == "before-tool" || event == "after-tool"
  tool = has("\ntool_name") ? said("\ntool_name") : said("\ntoolName")
  if (is_tool && tool == "") exit 3
  if (has("\ncwd")) cwd = said("\ncwd")
  head = "{\"hook_event_name\":\"" (event in claude_event ? claude_event[event] : event) "\""
  for (i = 1; i <= members[""]; i++) {
    key = snake(member["", i])
    if (key == "tool_result" || key == "tool_output") key = "tool_response"
    if (key !~ /^(hook_event_name|tool_name|tool_input|tool_args|agent_input)$/)
      head = head "," quoted(key) ":" raw("\n" member["", i])
  }
  tail = ",\"agent_input\":" document "}"
  if (!is_tool) { print head tail > (folder "/call1"); exit 0 }

  args = has("\ntool_input") ? "\ntool_input" : "\ntoolArgs"
  # A text in the place of an object: JSON once more, or the patch itself.
  if (has(args) && token[first[args]] == "\"") {
    patch = said(args)
    if (patch ~ /^[ \t\r\n]*[{]/) {
      if (!read_json(patch)) exit 3
      args = patch = ""
    }
  }
  if (has("\nmcp_context\nserver_name")) tool = "mcp__" said("\nmcp_context\nserver_name") "__" said("\nmcp_context\ntool_name")
  else if (tolower(tool) in name_of) tool = name_of[tolower(tool)]
  else if (agent == "copilot" && tool ~ /^[^-]+-/) { sub(/-/, "__", tool); tool = "mcp__" tool }
  else if (agent == "cursor" && tool ~ /^MCP:/) { sub(/^MCP:/, "mcp__", tool) }
  # Codex takes a patch from a command, too.
  if (tool == "Bash" && said(args "\ncommand") ~ /[*][*][*] Begin Patch/) { patch = said(args "\ncommand"); patched() }
  if (tool != "patch") { files(); exit 0 }
  count = split("command input patch patchText", list, / /)
  for (i = 1; i <= count; i++) if (patch == "") patch = said(args "\n" list[i])
  if (!patched()) exit 3
}

function means(name, others,    list, i) { for (i = split(others, list, / /); i; i--) name_of[list[i]] = name }

# One call for the tool, or one for each file of a list.
function files(    i, k, at, list, named) {
  split("files paths file_paths", list, / /)
  for (k = 1; k <= 3; k++)
    for (i = 0; (at = args "\n" list[k] "\n[" i "]") in first; i++) {
      if (token[first[at]] == "\"") { call(tool, absolute(said(at))); named++ }
      else if (has(at "\nfilePath")) { call(tool, absolute(said(at "\nfilePath"))); named++ }
    }
  if (!named) call(tool, "")
}

# Writes the document of one call. Without a file it is the one that the tool is given, if that names one.
function call(tool, file,    input, i, key, at, done) {
  if (!is_meant(tool)) return
  for (i = 1; i <= members[args]; i++) {
    key = member[args, i]
    at = args "\n" key
    if (key == "file_path") { if (file == "") file = absolute(said(at)); continue }
    input = input (input == "" ? "" : ",") quoted(key) ":" raw(at)
    done[key] = 1
  }
  for (i = 1; i in other; i += 2) {
    at = args "\n" other[i]
    if (!has(at)) continue
    if (ours[i] == "file_path") { if (file == "") file = absolute(said(at)) }
    else if (!(ours[i] in done)) { input = input "," quoted(ours[i]) ":" raw(at); done[ours[i]] = 1 }
  }
  if (file != "") input = input (input == "" ? "" : ",") "\"file_path\":" quoted(file)
  write(tool, input)
}

function write(tool, input) {
  print head ",\"tool_name\":" quoted(tool) ",\"tool_input\":{" input "}" tail > (folder "/call" (++calls))
  close(folder "/call" calls)
}

# Writes a call for each file that a patch names; returns how many it names.
function patched(    count, line, i, kind, next_file, named) {
  count = split(patch, line, /\n/)
  for (i = 1; i <= count; i++) {
    sub(/\r$/, "", line[i])
    if (match(line[i], /^[ \t]*[*][*][*] (Add|Update|Delete) File:[ \t]*/) || match(line[i], /^[ \t]*[*][*][*] Move to:[ \t]*/)) {
      kind = substr(line[i], 1, RLENGTH)
      next_file = substr(line[i], RLENGTH + 1)
      flush()
      file = next_file
      sub(/[ \t]+$/, "", file)
      file_tool = kind ~ /(Add File|Move to):/ ? "Write" : "Edit"
      named++
    } else if (line[i] ~ /^[+]/) { added = added (has_added++ ? "\n" : "") substr(line[i], 2) }
    else if (line[i] ~ /^-/) { removed = removed (has_removed++ ? "\n" : "") substr(line[i], 2) }
  }
  flush()
  return named
}

function flush(    input) {
  if (file == "") { added = removed = ""; has_added = has_removed = 0; return }
  input = "\"file_path\":" quoted(absolute(file)) ",\"patch\":" quoted(patch)
  if (file_tool == "Write") input = input ",\"content\":" quoted(added)
  else input = input ",\"old_string\":" quoted(removed) ",\"new_string\":" quoted(added)
  if (is_meant(file_tool)) write(file_tool, input)
  file = added = removed = ""
  has_added = has_removed = 0
}

# Whether the hook is for a tool: by a list of names, or by a regular expression.
function is_meant(tool,    list, i) {
  if (matches == "" || matches == "*") return 1
  if (matches !~ /^[A-Za-z0-9_ ,|-]+$/) return tool ~ matches
  for (i = split(matches, list, /[|,]/); i; i--) {
    gsub(/ /, "", list[i])
    if (list[i] == tool) return 1
  }
  return 0
}

function absolute(path) { return path ~ /^\// || path == "" || cwd == "" ? path : cwd "/" path }

# toolName -> tool_name
function snake(key,    text) {
  while (match(key, /[A-Z]/)) {
    text = text substr(key, 1, RSTART - 1) "_" tolower(substr(key, RSTART, 1))
    key = substr(key, RSTART + 1)
  }
  return text key
}

function verdict(    decision, why, asks) {
  if (!read_json(document) || token[1] != "{") { print "says\n" document; return }
  decision = said("\nhookSpecificOutput\npermissionDecision")
  if (decision == "") decision = said("\npermissionDecision")
  if (decision == "") decision = said("\ndecision")
  why = said("\nhookSpecificOutput\npermissionDecisionReason")
  if (why == "") why = said("\npermissionDecisionReason")
  if (why == "") why = said("\nreason")
  if (has("\ncontinue") && token[first["\ncontinue"]] == "false") {
    decision = "deny"
    if (why == "") why = said("\nstopReason")
  }
  if (decision == "deny" || decision == "block") { print "stop\n" why; return }
  # Not every agent can ask.
  if (decision == "ask") { print "stop\n" why " (a person has to do this)"; return }
  why = said("\nhookSpecificOutput\nadditionalContext")
  print (why == "" ? "go" : "says\n" why)
}

# ---- JSON. A document is cut at its double quotes: the pieces are outside and inside of strings by turns. A token is a sign, a
# number, a word, or a string, which is the pieces from `from` to `to`. A path is "\nkey\n[0]".

function read_json(document,    count, i, inside) {
  split("", token); split("", from); split("", to); split("", first); split("", last)
  split("", members); split("", member)
  tokens = wrong = open = 0
  count = split(document, piece, /"/)
  for (i = 1; i <= count; i++) {
    if (inside) {
      to[tokens] = i
      inside = goes_on(piece[i])
    } else {
      signs(piece[i])
      if (i < count) { inside = 1; token[++tokens] = "\""; from[tokens] = i + 1 }
    }
  }
  if (inside) return 0
  here = 1
  value("")
  return !wrong && here == tokens + 1
}

# Whether a string goes on behind a piece: the quote there has an odd number of backslashes before it.
function goes_on(text,    end) {
  end = length(text)
  while (end && substr(text, end, 1) == "\\") end--
  return (length(text) - end) % 2
}

function signs(text) {
  while (text != "") {
    if (match(text, /^[ \t\r\n]+/)) { text = substr(text, RLENGTH + 1); continue }
    if (!match(text, /^[][{}:,]/) && !match(text, /^(true|false|null)/) &&
        !match(text, /^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?/)) { wrong = 1; return }
    token[++tokens] = substr(text, 1, RLENGTH)
    text = substr(text, RLENGTH + 1)
    if (token[tokens] ~ /[[{]/) { if (++open > 100) { wrong = 1; return } }
    else if (token[tokens] ~ /[]}]/) open--
  }
}

# Reads the value at `path`: afterwards its tokens are those from first[path] to last[path].
function value(path,    key, i, sign) {
  if (wrong) return
  first[path] = here
  sign = token[here++]
  if (sign == "{" || sign == "[") {
    i = 0
    if (token[here] == (sign == "{" ? "}" : "]")) here++
    else for (;;) {
      key = "[" i++ "]"
      if (sign == "{") {
        if (token[here] != "\"") { wrong = 1; return }
        key = string(here++)
        if (token[here++] != ":") { wrong = 1; return }
        member[path, ++members[path]] = key
      }
      value(path "\n" key)
      if (wrong) return
      if (token[here] != ",") break
      here++
    }
    if (i && token[here++] != (sign == "{" ? "}" : "]")) wrong = 1
  } else if (sign == "" || sign ~ /^[]}:,]$/) wrong = 1
  last[path] = here - 1
}

function has(path) { return path in first }

# The text that a string at `path` means; nothing for any other value.
function said(path) { return has(path) && token[first[path]] == "\"" ? string(first[path]) : "" }

function inner(at,    text, i) {
  for (i = from[at]; i <= to[at]; i++) text = text (i > from[at] ? "\"" : "") piece[i]
  return text
}

# A value as it is written.
function raw(path,    text, i) {
  for (i = first[path]; i <= last[path]; i++) text = text (token[i] == "\"" ? "\"" inner(i) "\"" : token[i])
  return text
}

function string(at,    text, rest, sign) {
  rest = inner(at)
  while (match(rest, /\\/)) {
    text = text substr(rest, 1, RSTART - 1)
    sign = substr(rest, RSTART + 1, 1)
    rest = substr(rest, RSTART + 2)
    if (sign == "u") {
      text = text utf8(rest)
      rest = substr(rest, 5 + 6 * is_pair)
    } else text = text (sign == "n" ? "\n" : sign == "t" ? "\t" : sign == "r" ? "\r" : sign == "b" ? "\b" : sign == "f" ? "\f" : sign)
  }
  return text rest
}

# The bytes of the character whose number begins a text; `is_pair` is whether it takes another escape, too.
function utf8(rest,    code, low) {
  is_pair = 0
  code = number(rest)
  if (code >= 55296 && code < 56320 && substr(rest, 5, 2) == "\\u") {
    low = number(substr(rest, 7))
    if (low >= 56320 && low < 57344) { is_pair = 1; code = 65536 + (code - 55296) * 1024 + low - 56320 }
  }
  if (code < 128) return sprintf("%c", code)
  if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
  if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
  return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
}

function number(text,    i, code) {
  for (i = 1; i <= 4; i++) code = code * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
  return code
}

# A text as a string of JSON.
function quoted(text,    done, sign) {
  while (match(text, /["\\\001-\037]/)) {
    sign = substr(text, RSTART, 1)
    done = done substr(text, 1, RSTART - 1)
    if (sign == "\n") done = done "\\n"
    else if (sign == "\t") done = done "\\t"
    else if (sign == "\r") done = done "\\r"
    else if (sign == "\"" || sign == "\\") done = done "\\" sign
    else done = done sprintf("\\u%04x", index(controls, sign))
    text = substr(text, RSTART + 1)
  }
  return "\"" done text "\""
}
'

cat >"$folder/told" || fail "what $agent tells can't be kept"
export event matches folder
LC_ALL=C awk -v mode=calls "$json" <"$folder/told" 2>"$folder/error" ||
  fail "what $agent tells its hooks can't be read"

n=1 verdict=go
while [ -f "$folder/call$n" ]; do
  [ -n "$watch" ] || start_clock
  exec 3<"$folder/call$n"
  call "$@" >"$folder/out" 2>"$folder/err"
  why=$(cat "$folder/err")
  verdict=go
  if [ "$code" = 0 ] && [ -s "$folder/out" ]; then
    verdict=$(LC_ALL=C awk -v mode=verdict "$json" <"$folder/out") || verdict=go
  fi
  check
  case $verdict in
  stop*) code=2 why=${verdict#stop?} ;;
  esac
  if [ "$code" = 2 ] && [ "$blocks" = yes ]; then
    stop "${why:-$name stops this}"
  fi
  n=$((n + 1))
done
stop_clock

# What the hook tells the agent: as it is, where that is Claude Code's way.
if [ "$agent" = codex ]; then
  [ ! -s "$folder/out" ] || cat "$folder/out"
  exit 0
fi
case $event/$verdict in
before-tool/*) answer '{}' ;;
*/says*)
  text=$(quoted "${verdict#says?}")
  case $agent in
  cursor) answer "{\"additional_context\":\"$text\"}" ;;
  gemini) answer "{\"hookSpecificOutput\":{\"additionalContext\":\"$text\"}}" ;;
  *) answer "{\"additionalContext\":\"$text\"}" ;;
  esac
  ;;
*) answer '{}' ;;
esac
==== .claude/settings.json 0644
{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          {
            "type": "command",
            "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool gate/guard || exit 2",
            "timeout": 10
          }
        ]
      }
    ]
  }
}
==== CLAUDE.md 0644
# Shop

<!-- BEGIN agentpkg gate -->
Ask payments.
<!-- END agentpkg gate -->

"#]],
    );
    scene.run("agentpkg test ../templates/gate").succeeds();
}

#[test]
fn what_does_not_hold_is_said() {
    let scene = gate();
    scene
        .run("agentpkg test ../templates/gate --bless")
        .succeeds();
    let scene = scene
        .replaced("../templates/gate/hooks/guard.sh", "*'\"rm'*", "*rf*")
        .replaced("../templates/gate/root.md.jinja", "Ask", "Call");
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
gate 1.0.0: 1 of 1 test failed
  failed      tests/shop.toml: guard 2/4
              `CLAUDE.md` lacks `Ask payments.`
              guard: any file: rm x: it ended with 0, not with 2
              guard: says so: it ended with 0, not with 2
              the files are not those of `tests/shop.tree` (`--bless` takes them)
--- a/tests/shop.tree
+++ b/tests/shop.tree
@@ -6,7 +6,7 @@
 set -- "$here/gate/guard.sh"
 ==== .claude/hooks/gate/guard.sh 0755
 #!/bin/sh
-case $(cat) in *'"rm'*) echo "guard: no" >&2; exit 2 ;; esac
+case $(cat) in *rf*) echo "guard: no" >&2; exit 2 ;; esac
 ==== .claude/hooks/run 0644
 #!/bin/sh
 # run AGENT EVENT TEMPLATE/HOOK: runs a hook of a template as Claude Code would, whichever agent calls it. agentpkg wrote this
@@ -559,5 +559,5 @@
 # Shop
 
 <!-- BEGIN agentpkg gate -->
-Ask payments.
+Call payments.
 <!-- END agentpkg gate -->
(exit code 1)

"#]]);
}

#[test]
fn the_hooks_of_a_repo_are_tested_as_they_are_there() {
    let scene = gate();
    scene
        .run("agentpkg publish ../templates/gate --registry ../registry")
        .succeeds();
    scene
        .run("agentpkg install gate --set team=payments")
        .succeeds();
    scene.run("agentpkg check --hooks").prints(str![[r#"
2 problems found in 5 files
  hook        guard of gate: 2/4
  hook        `.claude/hooks/gate/guard.sh`: guard: looking: ls: it ended with 2 and said `sh: 0:
              cannot open /tmp/agentpkg-trial-8Wv3r0/a repository/.claude/hooks/run: No such file`,
              not with 0
  hook        `.claude/hooks/gate/guard.sh`: guard: says so: it ended with 2 and said `sh: 0: cannot
              open /tmp/agentpkg-trial-8Wv3r0/a repository/.claude/hooks/run: No such file`, without
              `guard: no`
(exit code 1)

"#]]);
    let scene = scene.edited(".claude/hooks/gate/guard.sh", "#!/bin/sh\nexit 1\n");
    scene.run("agentpkg check --hooks").prints(str![[r#"
ok: 5 files checked
  yours       1 file edited or deleted, as is your right: .claude/hooks/gate/guard.sh
  not run     `.claude/hooks/gate/guard.sh`: the tests of guard of gate were not run:
              `.claude/hooks/gate/guard.hook` isn't as it was approved

"#]]);
}

#[test]
fn tests_that_can_not_be_read_are_said_with_their_line() {
    let scene = gate().edited(
        "../templates/gate/tests/shop.toml",
        "[answer]\nteam = \"x\"\n",
    );
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
(standard error)
error: `gate/tests/shop.toml` line 1: unknown key `answer`
hint: write `answers`
(exit code 2)

"#]]);
    let scene = gate().edited(
        "../templates/gate/tests/shop.toml",
        "[hooks.gard]\nblocks = [[\"rm\", \"x\"]]\n",
    );
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
(standard error)
error: nothing answers `team`
  in `tests/shop.toml`
hint: add `team = …` to `[answers]`
(exit code 2)

"#]]);
    let scene = gate().deleted("../templates/gate/tests");
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
(standard error)
error: `gate` 1.0.0 has no tests
hint: write `tests/default.toml`; docs/tests.md says how
(exit code 2)

"#]]);
}
