#!/usr/bin/env bash
# A registry in git, read by an install with nothing kept, beside `git clone --depth 1` of it: over
# loopback HTTP with a password, with 10 and with MANY templates. Requests and bytes are the server's.
#
#   benches/registry.sh target/dist/agentpkg [MANY] [RUNS]
set -euo pipefail
agentpkg=$(realpath "${1:?usage: benches/registry.sh AGENTPKG [MANY] [RUNS]}")
many=${2:-10000}
runs=${3:-9}
project=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
trap 'exec 3>&-; rm -rf "$work"' EXIT
export HOME=$work/home GIT_CONFIG_NOSYSTEM=1 CI=true
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
mkdir -p "$HOME" "$work/git"
git config --global user.name bench
git config --global user.email bench@example.org
git config --global init.defaultBranch main
git config --global credential.helper '!f() { echo username=bench; echo password=bench; }; f'
cd "$work"

now() { date +%s%N; }
median() { sort -n | awk -v label="$1" '{ t[NR] = $1 } END { printf "%-46s %8.2f ms\n", label, t[int((NR + 1) / 2)] / 1e6 }'; }
timed() { local start; start=$(now); "$@" >/dev/null 2>&1; echo $(($(now) - start)); }

mkfifo in
python3 "$project/.ci/git-server.py" "$work/git" bench bench "$work/requests" <in >port &
exec 3>in
until [ -s port ]; do sleep 0.05; done

mkdir -p source/rules
printf '# x\n' >source/README.md
printf '# Changelog\n\n## [1.0.0]\n\n- All of it.\n' >source/CHANGELOG.md
printf -- '- One.\n' >source/rules/a.md
sourced() { printf '[template]\nname = "%s"\nversion = "1.0.0"\ndescription = "x"\n' "$1" >source/template.toml; }

for count in 10 "$many"; do
  rm -rf registry
  for number in $(seq 10); do
    sourced "t$number"
    "$agentpkg" publish source --registry registry -q
  done
  # The rest is made of the first: an index each, an archive each.
  python3 - "$count" <<'PY'
import json, pathlib, sys, shutil
registry = pathlib.Path("registry")
catalog = json.loads((registry / "catalog.json").read_text())
index = json.loads((registry / "index/t1.json").read_text())
archive = index["releases"][0]["artifact"].split(":")[1]
for number in range(11, int(sys.argv[1]) + 1):
    name = f"t{number}"
    catalog["templates"][name] = catalog["templates"]["t1"]
    (registry / f"index/{name}.json").write_text(json.dumps({**index, "name": name}))
    place = registry / f"artifacts/sha256/{number % 256:02x}/{number:064x}.tar.gz"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes((registry / f"artifacts/sha256/{archive[:2]}/{archive}.tar.gz").read_bytes() + str(number).encode())
(registry / "catalog.json").write_text(json.dumps(catalog))
PY
  rm -rf git/many.git
  git init -q --bare git/many.git
  git -C git/many.git config uploadpack.allowFilter true
  (cd registry && git init -q && git add -A && git commit -qm all && git push -q ../git/many.git HEAD:main)
  place=http://127.0.0.1:$(cat port)/many.git
  rm -f clone install again
  for run in $(seq "$runs"); do
    rm -rf cloned repo "$HOME/.cache"
    mkdir repo
    timed git clone -q --depth 1 "$place" cloned >>clone
    : >requests
    timed "$agentpkg" install t1 --registry "git+$place" --repo repo >>install
    asked=$(wc -l <requests) sent=$(awk '{ sum += $1 } END { print sum }' requests)
    rm -rf repo/.claude
    : >requests
    timed "$agentpkg" install --locked --repo repo >>again
    locked=$(wc -l <requests)
  done
  echo "$count templates; medians of $runs runs"
  median "git clone --depth 1" <clone
  median "agentpkg install of one, nothing kept" <install
  median "agentpkg install --locked, all kept" <again
  echo "requests: $asked, $((sent / 1000)) kB; locked: $locked"
done
