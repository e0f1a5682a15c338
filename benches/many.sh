#!/usr/bin/env bash
# A template of many files: what reading and writing them costs, beside git and cp in the same run.
#
#   benches/many.sh target/dist/agentpkg [FILES] [RUNS]
set -euo pipefail
agentpkg=$(realpath "${1:?usage: benches/many.sh AGENTPKG [FILES] [RUNS]}")
files=${2:-1500}
runs=${3:-11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_CONFIG_HOME=$work/config CI=true
cd "$work"

# now: nanoseconds. median LABEL: of the lines on standard input, in milliseconds.
now() { date +%s%N; }
median() { sort -n | awk -v label="$1" '{ t[NR] = $1 } END { printf "%-46s %8.2f ms\n", label, t[int((NR + 1) / 2)] / 1e6 }'; }
# timed COMMAND...: how long it took.
timed() { local start; start=$(now); "$@" >/dev/null 2>&1; echo $(($(now) - start)); }

mkdir -p source
printf '[template]\nname = "many"\nversion = "1.0.0"\ndescription = "Many files"\n' >source/template.toml
echo '# many' >source/README.md
printf '# Changelog\n\n## [1.0.0]\n\n- All of it.\n' >source/CHANGELOG.md
for number in $(seq "$files"); do
  folder=source/files/docs/part-$((number % 40))
  mkdir -p "$folder"
  head -c 3000 /dev/urandom | base64 >"$folder/$number.md"
done
"$agentpkg" publish source --registry registry >/dev/null
data=$(du -sb source/files | cut -f1)

git init -q repo
export GIT_AUTHOR_NAME=bench GIT_AUTHOR_EMAIL=bench@example.org
export GIT_COMMITTER_NAME=bench GIT_COMMITTER_EMAIL=bench@example.org
copy() { cp -r source/files/. "$1" && sync -f "$1"; }
install() { "$agentpkg" install many --registry registry --repo "$1"; }
install repo >/dev/null
git -C repo add -A
git -C repo commit -qm all

for run in $(seq "$runs"); do
  mkdir "copy-$run" "install-$run"
  timed copy "copy-$run" >>copy
  timed install "install-$run" >>install
  timed "$agentpkg" remove many --repo "install-$run" >>remove
  timed git -C repo status >>git-status
  timed "$agentpkg" status --repo repo >>status
done
echo "$files files, $((data / 1000)) kB; medians of $runs runs"
median "cp -r of the same files, then sync -f" <copy
median "agentpkg install, empty folder" <install
median "agentpkg remove" <remove
median "git status" <git-status
median "agentpkg status" <status
mkdir peak
peak=$(env time -f %M "$agentpkg" install many --registry registry --repo peak 2>&1 >/dev/null | tail -1)
printf '%-46s %8.2f times the data\n' "peak of an install" "$(awk "BEGIN { print $peak * 1024 / $data }")"
