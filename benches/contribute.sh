#!/usr/bin/env bash
# `contribute` over 200 edited files, half of them rendered from templates, beside `git commit` and `git format-patch` of the same
# edits: whole processes in one run, medians of RUNS.
#
#   benches/contribute.sh target/dist/agentpkg [RUNS]
set -euo pipefail
agentpkg=$(realpath "${1:?usage: benches/contribute.sh AGENTPKG [RUNS]}")
runs=${2:-11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_CONFIG_HOME=$work/config CI=true GIT_CONFIG_GLOBAL=/dev/null
for who in AUTHOR COMMITTER; do export GIT_${who}_NAME="A developer" GIT_${who}_EMAIL=dev@example.org; done
cd "$work"

now() { date +%s%N; }
median() { sort -n | awk -v label="$1" '{ t[NR] = $1 } END { printf "%-46s %8.2f ms\n", label, t[int((NR + 1) / 2)] / 1e6 }'; }
timed() { local start; start=$(now); "$@" >/dev/null; echo $(($(now) - start)); }

mkdir -p wide/rules
printf '# Wide\n' >wide/README.md
printf '## [1.0.0]\n- First.\n' >wide/CHANGELOG.md
printf '[template]\nname = "wide"\nversion = "1.0.0"\ndescription = "Many rules"\n\n[questions.team]\nask = "Which team?"\nkind = "text"\n' >wide/template.toml
for number in $(seq 100); do
  lines=$(for line in $(seq 40); do echo "- Rule $number.$line is kept by whoever reads it, and by nobody else."; done)
  printf '# Rule %s\n\n%s\n' "$number" "$lines" >"wide/rules/plain-$number.md"
  printf '# Rule %s of {{ team }}\n\n%s\n{%% if team != "x" %%}\n- Ask {{ team }} first.\n{%% endif %%}\n' "$number" "$lines" >"wide/rules/asked-$number.md.jinja"
done
"$agentpkg" publish wide --registry registry >/dev/null
git init -q repo
"$agentpkg" install wide --repo repo --registry registry --set team=core >/dev/null
git -C repo add -A && git -C repo commit -qm installed
sed -i 's/7 is kept by/7 is read and kept by/; s/^- Ask core first/- Always ask core first/' repo/.claude/rules/wide/*.md

commit() { git -C repo commit -qam edits && git -C repo format-patch -1 --stdout && git -C repo reset -q --soft HEAD~1; }
contribute() { "$agentpkg" contribute wide -m "Say who reads" --output - --repo repo; }
contribute | grep -c '^+- Always ask {{ team }} first' >/dev/null
for _ in $(seq "$runs"); do
  timed contribute >>contribute
  timed commit >>commit
done
echo "medians of $runs runs, $(git -C repo diff HEAD --name-only | wc -l) edited files"
median "agentpkg contribute" <contribute
median "git commit, format-patch, reset" <commit
