#!/bin/sh
# Runs cases.tsv against one release's hooks, in every shell and with every awk that this machine has.
#
#   sh run.sh RELEASE_DIR            e.g. 1.1.0: shells with the system's awk, awks with the first shell
#   sh run.sh RELEASE_DIR --time     also how long one call takes
#
# The hooks run from a copy whose path has spaces, from another working directory. A case that a later release blocks
# (column `since`) is expected to pass in an earlier one. Those of other agents than Claude Code are for 1.3.0 and later.

# Words are split and dollars kept on purpose where shells and tools have arguments and cases have commands.
# shellcheck disable=SC2016,SC2086,SC2209

release=${1:?usage: run.sh RELEASE_DIR}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$release/template.toml")
table=$(cd "$(dirname "$0")" && pwd)/cases.tsv
[ -r "$table" ] || { echo "there is no $table"; exit 1; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "${work:?}"' EXIT
hooks="$work/a path/with spaces"
mkdir -p "$hooks" "$work/elsewhere"
cp "$release"/hooks/* "$hooks" || exit 1
cd "$work/elsewhere" || exit 1

HOME=/home/dev
export HOME
unset CLAUDE_PROJECT_DIR
status=0

# check EXPECT INPUT HOOK WHY: one call. A block says why on standard error and nothing on standard output.
check() {
  out=$(printf '%s\n' "$2" | $shell "$hooks/$3.sh" 2>"$work/err")
  code=$?
  got="exit $code"
  if [ $code = 0 ] && [ -z "$out" ] && [ ! -s "$work/err" ]; then got=pass; fi
  if [ $code = 2 ] && [ -z "$out" ] && [ "$(grep -c "^$3: blocked\|^Instead: " "$work/err")" = 2 ] &&
    [ "$(wc -l <"$work/err")" -eq 2 ]; then got=block; fi
  if [ "$got" = "$1" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s: expected %s, got %s: %s\n  %s\n' "$3" "$1" "$got" "$4" "$2"
    sed 's/^/  /' "$work/err"
  fi
}

run_all() {
  passed=0 failed=0
  tab=$(printf '\t')
  while IFS= read -r row; do
    hook=${row%%"$tab"*} row=${row#*"$tab"}
    expect=${row%%"$tab"*} row=${row#*"$tab"}
    input=${row%%"$tab"*} row=${row#*"$tab"}
    why=${row%%"$tab"*} since=${row#*"$tab"}
    if [ "$hook" = hook ]; then continue; fi
    case $version in 1.[012].*) if [ "$since" = 1.3.0 ]; then continue; fi ;; esac
    if [ "$version" = 1.0.0 ] && [ "$since" != 1.0.0 ]; then expect=pass; fi
    check "$expect" "$input" "$hook" "$why"
  done <"$table"
  run_branches
  run_broken
  case $version in 1.[012].*) ;; *) run_long ;; esac
  printf '%s %s, %s: %s passed, %s failed\n' "$release" "$shell" "$1" "$passed" "$failed"
  if [ "$failed" != 0 ]; then status=1; fi
}

# A push that names no branch pushes the one that is checked out.
run_branches() {
  for name in main feature/x; do
    mkdir -p "$work/on $name/.git" "$work/on $name/src"
    printf 'ref: refs/heads/%s\n' "$name" >"$work/on $name/.git/HEAD"
  done
  mkdir -p "$work/tree of main/src" "$work/on feature/x/.git/worktrees/w"
  printf 'gitdir: %s\n' "$work/on feature/x/.git/worktrees/w" >"$work/tree of main/.git"
  printf 'ref: refs/heads/main\n' >"$work/on feature/x/.git/worktrees/w/HEAD"
  on_main=block
  if [ "$version" = 1.0.0 ]; then on_main=pass; fi
  push "$on_main" 'on main' 'git push' 'main is checked out'
  push "$on_main" 'on main/src' 'git push -u origin' 'main is checked out, one folder up'
  push "$on_main" 'on main' 'git push origin HEAD' 'HEAD is main'
  push "$on_main" 'on main' 'git push origin \"$(git branch --show-current)\"' 'asks git for main'
  push "$on_main" 'tree of main/src' 'git push' 'main is checked out in a worktree'
  push "$on_main" 'on feature/x' 'git -C \"'"$work/on main"'\" push' 'main is checked out there'
  push "$on_main" 'elsewhere' 'cd \"'"$work/on main"'\" && git push' 'main is checked out where cd leads'
  push pass 'on main' 'git push origin feature/x' 'another branch is named'
  push pass 'on feature/x' 'git push' 'feature/x is checked out'
  push pass 'elsewhere' 'git push' 'no repository'
}

push() {
  check "$1" "{\"cwd\":\"$work/$2\",\"tool_input\":{\"command\":\"$3\"}}" guard-bash "$4"
}

# A check that cannot run blocks.
run_broken() {
  for hook in guard-bash protect-files; do
    ls_call='{"tool_input":{"command":"ls","file_path":"a.txt"}}'
    mv "$hooks/$hook.awk" "$hooks/away.awk"
    printf '%s' "$ls_call" | $shell "$hooks/$hook.sh" >/dev/null 2>&1
    expect_two $? "$hook: its rules are missing"
    printf 'BEGIN { this is no awk\n' >"$hooks/$hook.awk"
    printf '%s' "$ls_call" | $shell "$hooks/$hook.sh" >/dev/null 2>&1
    expect_two $? "$hook: its rules are broken"
    mv "$hooks/away.awk" "$hooks/$hook.awk"
    printf '%s' "$ls_call" | PATH=/nowhere "$(command -v ${shell%% *})" ${shell#"${shell%% *}"} "$hooks/$hook.sh" >/dev/null 2>&1
    expect_two $? "$hook: there is no awk"
  done
}

# A long patch is read in time: an agent goes on without a hook that takes too long.
run_long() {
  awk 'BEGIN {
    printf "{\"tool_name\":\"apply_patch\",\"tool_input\":{\"command\":\"*** Begin Patch\\n*** Add File: a.txt\\n"
    for (i = 0; i < 5000; i++) printf "+a line with \\\"quotes\\\"\\n"
    printf "*** Add File: .env\\n+A=1\\n*** End Patch\"}}"
  }' >"$work/long"
  # macOS has no timeout.
  limit=
  if command -v timeout >/dev/null; then limit='timeout 5'; fi
  $limit $shell "$hooks/protect-files.sh" <"$work/long" >/dev/null 2>&1
  expect_two $? 'a patch of 5,000 lines'
}

expect_two() {
  if [ "$1" = 2 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: exit $1: $2"; fi
}

for shell in dash bash 'bash --posix' 'busybox sh'; do
  if command -v ${shell%% *} >/dev/null; then run_all 'awk'; fi
done

shell=sh
path=$PATH
for tool in gawk 'gawk --posix' mawk original-awk 'busybox awk'; do
  command -v ${tool%% *} >/dev/null || continue
  rm -rf "${work:?}/bin"
  mkdir "$work/bin"
  printf '#!/bin/sh\nexec %s "$@"\n' "$tool" >"$work/bin/awk"
  chmod +x "$work/bin/awk"
  PATH="$work/bin:$path"
  run_all "$tool"
  PATH=$path
done

if [ "$2" = --time ]; then
  for hook in guard-bash protect-files; do
    echo "100 calls of $hook:"
    input='{"cwd":"/srv/work/shop","tool_input":{"file_path":"/srv/work/shop/src/main.rs","command":"cd app && cargo test --workspace 2>&1 | tail -20"}}'
    time sh -c 'i=0; while [ $i -lt 100 ]; do printf "%s" "$1" | sh "$2"; i=$((i+1)); done' - "$input" "$hooks/$hook.sh"
  done
fi
exit $status
