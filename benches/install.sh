#!/usr/bin/env bash
# Whole processes side by side in one run: medians of RUNS, since one run says little on a busy machine.
#
#   benches/install.sh target/dist/agentpkg [RUNS]
set -euo pipefail
agentpkg=$(realpath "${1:?usage: benches/install.sh AGENTPKG [RUNS]}")
runs=${2:-31}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_CONFIG_HOME=$work/config CI=true
cd "$work"

# now: nanoseconds. median LABEL: of the lines on standard input, in milliseconds.
now() { date +%s%N; }
median() { sort -n | awk -v label="$1" '{ t[NR] = $1 } END { printf "%-46s %8.2f ms\n", label, t[int((NR + 1) / 2)] / 1e6 }'; }
# timed COMMAND...: how long it took.
timed() { local start; start=$(now); "$@" >/dev/null 2>&1; echo $(($(now) - start)); }

# What is installed, as a folder to copy.
"$agentpkg" install org-baseline --set team=payments --repo model >/dev/null
rm -rf model/.agentpkg

copy() { cp -r model/. "$1" && sync -f "$1"; }
install() { "$agentpkg" install org-baseline --set team=payments --repo "$1"; }

# As many agents as there are.
all=(--agent claude --agent codex --agent cursor --agent copilot --agent gemini --agent opencode)
templates=(org-baseline rust-service team-memory --set team=payments --set domain=cards --set layout=single)
templates+=(--set rust_version=1.95 --set test_command=true)
for_agents() { "$agentpkg" install "${templates[@]}" "${@:2}" --repo "$1"; }

for run in $(seq "$runs"); do
  mkdir "copy-$run" "install-$run" "git-$run" "one-$run" "six-$run"
  timed for_agents "one-$run" --agent claude >>one
  timed for_agents "six-$run" "${all[@]}" >>six
  timed for_agents "one-$run" >>one-again
  timed for_agents "six-$run" >>six-again
  git init -q "git-$run"
  timed copy "copy-$run" >>copy
  timed install "install-$run" >>install
  timed install "git-$run" >>install-git
  timed install "install-$run" >>again
  timed "$agentpkg" --version >>version
  timed git --version >>git-version
done
echo "medians of $runs runs"
median "cp -r of the same files, then sync -f" <copy
median "agentpkg install org-baseline, empty folder" <install
median "the same in a git repository" <install-git
median "the same again: nothing to do" <again
median "three templates for Claude Code, empty folder" <one
median "the same for all six agents" <six
median "nothing to do: for Claude Code" <one-again
median "nothing to do: for all six" <six-again
median "git --version" <git-version
median "agentpkg --version" <version
