#!/usr/bin/env bash
# Copilot's own program, in a repository with org-baseline: it runs the hooks of `.claude/settings.json`, and what they let through
# and deny has to be what they say. A model that isn't one (model.py) asks for the tool calls; nobody else is asked.
#
#   AGENTPKG=target/release/agentpkg AGENTPKG_COPILOT=.../copilot tests/agents/copilot.sh [TEMPLATE_DIR]
#
# Exit code 0 if all holds, 1 if something doesn't. Needs git, python3 and, as root, unshare and ip (or busybox's) for a
# network with nobody in it.

# `stop`, `answered` and `denied` are called by name.
# shellcheck disable=SC2317
set -euo pipefail
agentpkg=$(realpath "${AGENTPKG:?it names agentpkg}")
copilot=$(realpath "${AGENTPKG_COPILOT:?it names the program of Copilot CLI}")
here=$(realpath "$(dirname "$0")")
template=$(realpath "${1:-$here/../../templates/org-baseline}")

if [ -z "${ALONE:-}" ]; then
  export ALONE=1 AGENTPKG=$agentpkg AGENTPKG_COPILOT=$copilot
  exec unshare -n bash -c '{ ip link set lo up 2>/dev/null || busybox ip link set lo up; } && exec "$@"' - \
    "$here/copilot.sh" "$template"
fi

work=$(mktemp -d)
model=
stop() {
  [ -z "$model" ] || kill "$model" 2>/dev/null || true
  rm -rf "${work:?}"
}
trap stop EXIT
export HOME=$work/home GIT_CONFIG_NOSYSTEM=1
unset "${!XDG_@}" "${!COPILOT_@}" "${!GITHUB_@}" "${!CLAUDE_@}" GH_TOKEN
mkdir "$HOME"
git config --global user.name Agent
git config --global user.email agent@example.org
git config --global init.defaultBranch main

# A repository whose main is one commit ahead of what it forks from, and a place to push it to.
repo=$work/repo
git init -q --bare "$work/origin.git"
git clone -q "$work/origin.git" "$repo" 2>/dev/null
cd "$repo"
printf 'fn main() {}\n' >main.rs
git add . && git commit -qm one && git push -q origin main
git commit -q --amend -m two
git switch -qc feature
pushed=$(git -C "$work/origin.git" rev-parse main)

"$agentpkg" publish "$template" --registry "$work/registry" -q
install=("$agentpkg" install org-baseline --registry "$work/registry" --repo "$repo" --set team=payments)
# Refused, with the code that approves what was shown.
shown=$("${install[@]}" 2>&1 </dev/null) || true
code=$(sed -n 's/.* --approve //p' <<<"$shown")
"${install[@]}" --approve "$code" -q

# ask MODEL CALLS: one session of Copilot, whose model asks for these calls. Afterwards $work/answers has what became of each.
ask() {
  rm -f "$work/port" "$work/answers"
  printf '%s' "$2" >"$work/calls"
  python3 "$here/model.py" "$work/calls" "$work/answers" "$work/port" &
  model=$!
  for _ in $(seq 100); do
    [ ! -e "$work/port" ] || break
    sleep 0.1
  done
  COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:$(cat "$work/port")/v1 COPILOT_PROVIDER_TYPE=openai COPILOT_PROVIDER_API_KEY=none \
    COPILOT_MODEL=$1 COPILOT_OFFLINE=true COPILOT_AUTO_UPDATE=false \
    timeout 120 "$copilot" -p 'Go on.' --allow-all-tools --trust-folder </dev/null >"$work/said" 2>&1 || {
    echo "Copilot failed:"
    cat "$work/said"
    exit 1
  }
  kill "$model"
  wait "$model" 2>/dev/null || true
  model=
}

status=0
# holds WHAT COMMAND...: whether a fact holds.
holds() {
  if "${@:2}"; then
    echo "ok      $1"
  else
    echo "FAILED  $1; what the agent answered:"
    cat "$work/answers"
    status=1
  fi
}

# answered NUMBER TEXT: whether the answer to that call has the text in it.
answered() { sed -n "$1p" "$work/answers" | grep -q "$2"; }
denied() { answered "$1" 'Denied by preToolUse hook'; }

ask mock '[
  ["create", {"path": "'"$repo"'/new.rs", "file_text": "fn new() {}\n"}],
  ["create", {"path": "'"$repo"'/.env", "file_text": "A=1\n"}],
  ["edit", {"path": "'"$repo"'/main.rs", "old_str": "main", "new_str": "start"}],
  ["edit", {"path": "'"$repo"'/agentpkg.lock", "old_str": "org-baseline", "new_str": "other"}],
  ["view", {"path": "'"$repo"'/main.rs"}],
  ["bash", {"command": "git push --force origin main", "description": "push"}],
  ["bash", {"command": "echo ran >ran.txt", "description": "write"}]
]'
holds "it answered all calls" test "$(wc -l <"$work/answers")" = 7
holds "a file is created" grep -q 'fn new' new.rs
holds ".env is not" test ! -e .env
holds "the agent is told that it was denied" denied 2
holds "a file is edited" grep -q 'fn start' main.rs
holds "a lockfile is not" grep -q org-baseline agentpkg.lock
holds "the agent is told that it was denied" denied 4
holds "a file is read" answered 5 'fn '
holds "main is not overwritten by a forced push" test "$(git -C "$work/origin.git" rev-parse main)" = "$pushed"
holds "the agent is told that it was denied" denied 6
holds "another command runs" grep -q ran ran.txt

# For models of this name Copilot has a tool that takes a patch, which hooks are given as one string.
ask gpt-5.1-codex '[
  ["apply_patch", {"input": "*** Begin Patch\n*** Add File: patched.rs\n+fn patched() {}\n*** End Patch"}],
  ["apply_patch", {"input": "*** Begin Patch\n*** Add File: more.rs\n+fn more() {}\n*** Add File: .env\n+A=1\n*** End Patch"}]
]'
holds "a patch is applied" grep -q 'fn patched' patched.rs
holds "one that names .env is not" test ! -e .env -a ! -e more.rs
holds "the agent is told that it was denied" denied 2

exit $status
