#!/usr/bin/env bash
# A registry on a web server (nginx on loopback), with 10 and with MANY templates: requests as the
# server counts them, for a first install of one template, one in another repository, and a locked
# one. And 30 templates beside `curl -Z` of the same files: over HTTP, and over HTTPS.
#
#   benches/web.sh target/dist/agentpkg [MANY] [RUNS]
set -euo pipefail
agentpkg=$(realpath "${1:?usage: benches/web.sh AGENTPKG [MANY] [RUNS]}")
many=${2:-10000}
runs=${3:-9}
project=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
chmod 755 "$work"
stop() {
  [ ! -s "$work/server/pid" ] || kill "$(cat "$work/server/pid")" || true
  rm -rf "$work"
}
trap stop EXIT
export HOME=$work/home GIT_CONFIG_NOSYSTEM=1 CI=true
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME SSL_CERT_DIR
mkdir -p "$HOME" "$work"/{registry,server}
cd "$work"
"$project/.ci/web-server" registry server
plain=http://127.0.0.1:$(cat server/port)/
encrypted=https://localhost:$(cat server/tls-port)/
export SSL_CERT_FILE=$work/server/authority.pem

now() { date +%s%N; }
median() { sort -n | awk -v label="$1" '{ t[NR] = $1 } END { printf "%-52s %8.2f ms\n", label, t[int((NR + 1) / 2)] / 1e6 }'; }
timed() { local start; start=$(now); "$@" >/dev/null 2>&1; echo $(($(now) - start)); }

mkdir -p source/rules
printf '# x\n' >source/README.md
printf '# Changelog\n\n## [1.0.0]\n\n- All of it.\n' >source/CHANGELOG.md
head -c 6000 "$project/ARCHITECTURE.md" | sed 's/`//g' >source/rules/a.md
sourced() { printf '[template]\nname = "%s"\nversion = "1.0.0"\ndescription = "x"\n' "$1" >source/template.toml; }

for count in 10 "$many"; do
  rm -rf registry/*
  for number in $(seq $((count < 30 ? 10 : 30))); do
    sourced "t$number"
    "$agentpkg" publish source --registry registry -q
  done
  # The rest is made of the first: an index each, an archive each.
  python3 - "$count" <<'PY'
import json, pathlib, sys
registry = pathlib.Path("registry")
catalog = json.loads((registry / "catalog.json").read_text())
index = json.loads((registry / "index/t1.json").read_text())
archive = index["releases"][0]["artifact"].split(":")[1]
data = (registry / f"artifacts/sha256/{archive[:2]}/{archive}.tar.gz").read_bytes()
for number in range(len(catalog["templates"]) + 1, int(sys.argv[1]) + 1):
    name = f"t{number}"
    catalog["templates"][name] = catalog["templates"]["t1"]
    (registry / f"index/{name}.json").write_text(json.dumps({**index, "name": name}))
    place = registry / f"artifacts/sha256/{number % 256:02x}/{number:064x}.tar.gz"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(data + str(number).encode())
(registry / "catalog.json").write_text(json.dumps(catalog))
PY
  find registry -type f -exec touch -d '1 minute ago' {} +
  rm -f first
  for _ in $(seq "$runs"); do
    rm -rf repo other "$HOME/.cache"
    mkdir repo other
    : >server/access.log
    timed "$agentpkg" install t1 --registry "$plain" --unsigned --repo repo >>first
    first=$(wc -l <server/access.log)
    : >server/access.log
    "$agentpkg" install t1 --registry "$plain" --unsigned --repo other -q
    warm=$(wc -l <server/access.log)
    rm -rf repo/.claude
    : >server/access.log
    "$agentpkg" install --locked --repo repo -q
    locked=$(wc -l <server/access.log)
  done
  echo "$count templates; requests: first $first, warm $warm, locked $locked"
  median "agentpkg install of one, nothing kept" <first
done

names=$(seq -f 't%.0f' 30)
files=$(python3 - $names <<'PY'
import json, sys
for name in sys.argv[1:]:
    print(f"index/{name}.json")
    digest = json.load(open(f"registry/index/{name}.json"))["releases"][0]["artifact"].split(":")[1]
    print(f"artifacts/sha256/{digest[:2]}/{digest}.tar.gz")
PY
)
for place in "$plain" "$encrypted"; do
  rm -f curl install dry
  for _ in $(seq "$runs"); do
    rm -rf fetched repo "$HOME/.cache"
    mkdir fetched repo
    arguments=()
    number=0
    for file in $files; do
      number=$((number + 1))
      arguments+=("$place$file" -o "fetched/$number")
    done
    timed curl -fsS -Z --cacert "$SSL_CERT_FILE" "${arguments[@]}" >>curl
    [ "$(find fetched -type f | wc -l)" -eq 60 ]
    # shellcheck disable=SC2086
    timed "$agentpkg" install $names --registry "$place" --unsigned --repo repo --dry-run >>dry
    rm -rf "$HOME/.cache"
    # shellcheck disable=SC2086
    timed "$agentpkg" install $names --registry "$place" --unsigned --repo repo >>install
    [ -d repo/.claude/rules/t30 ]
  done
  echo "30 templates, ${place%%:*}; medians of $runs runs"
  median "curl -Z of the same 60 files" <curl
  median "agentpkg install --dry-run, nothing kept" <dry
  median "agentpkg install, nothing kept" <install
done
