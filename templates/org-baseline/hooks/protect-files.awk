# The rules of protect-files: which files an agent does not edit.
# To change them, edit the tables below; a name is compared in lower case, because some file systems do too.
# Which tools write files is at the top of lib-input.awk.

BEGIN {
  # Written by a tool. Editing one by hand breaks its checksums or resolves to something nobody chose.
  lock["cargo.lock"] = "cargo update"
  lock["package-lock.json"] = "npm install"
  lock["npm-shrinkwrap.json"] = "npm shrinkwrap"
  lock["yarn.lock"] = "yarn install"
  lock["pnpm-lock.yaml"] = "pnpm install"
  lock["bun.lock"] = "bun install"
  lock["bun.lockb"] = "bun install"
  lock["deno.lock"] = "deno install"
  lock["poetry.lock"] = "poetry lock"
  lock["uv.lock"] = "uv lock"
  lock["pdm.lock"] = "pdm lock"
  lock["pipfile.lock"] = "pipenv lock"
  lock["gemfile.lock"] = "bundle lock"
  lock["composer.lock"] = "composer update"
  lock["go.sum"] = "go mod tidy"
  lock["mix.lock"] = "mix deps.get"
  lock["podfile.lock"] = "pod install"
  lock["pubspec.lock"] = "dart pub get"
  lock["flake.lock"] = "nix flake update"
  lock["packages.lock.json"] = "dotnet restore"
  lock["gradle.lockfile"] = "gradle dependencies --write-locks"
  lock[".terraform.lock.hcl"] = "terraform init"
  lock["agentpkg.lock"] = "agentpkg install"

  # Where a tool's input says which file; lists of files, or of edits that say it themselves; and where a patch is, whose lines
  # say it.
  path_keys = split("file_path filePath path notebook_path", path_key, / /)
  list_keys = split("files edits replacements", list_key, / /)
  patch_keys = split("command input patch patchText", patch_key, / /)

  # A tool that lib-input.awk doesn't know writes to the file that it names if it is given one of these.
  split("content contents text file_text new_source code diff old_str new_str oldStr newStr old_string new_string oldString " \
    "newString newText newCode edits replacements", list, / /)
  for (i in list) written[list[i]]
}

{ input = input $0 "\n" }

END {
  read_call(input)
  if (does[tool] != "runs") {
    named = check_patches()
    if (tool == "" || does[tool] == "writes" || writes(call)) named += check_files(call)
    if (!named && (tool == "" || does[tool] == "writes")) unreadable("it names no file, as `tool_input.file_path` would")
  }
  print "pass"
}

# Checks the files that the object at `at` names; returns how many.
function check_files(at,    k, i, item, named) {
  for (k = 1; k <= path_keys; k++) {
    if (!json_has(at "\n" path_key[k])) continue
    check(json_string(at "\n" path_key[k]))
    named++
  }
  for (k = 1; k <= list_keys; k++) {
    for (i = 0; (item = at "\n" list_key[k] "\n[" i "]") in json_at; i++) {
      if (!json_has(item)) named += check_files(item)
      else if (list_key[k] == "files") { check(json_string(item)); named++ }
    }
  }
  return named + 0
}

# Whether the object at `at`, or one in a list of it, has something to write.
function writes(at,    key, i, item) {
  for (key in written) if ((at "\n" key) in json_at) return 1
  for (i = 0; (item = at "\nfiles\n[" i "]") in json_at; i++) if (writes(item)) return 1
  return 0
}

# Checks the files that patches name; returns how many.
function check_patches(    k, named) {
  named = check_patch(call_text)
  for (k = 1; k <= patch_keys; k++)
    if (json_has(call "\n" patch_key[k])) named += check_patch(json_string(call "\n" patch_key[k]))
  return named
}

function check_patch(text,    count, line, i, named) {
  count = split(text, line, /\n/)
  for (i = 1; i <= count; i++) {
    if (!sub(/^[ \t]*[*][*][*] (Add File|Update File|Delete File|Move to):[ \t]*/, "", line[i])) continue
    sub(/[ \t\r]+$/, "", line[i])
    check(line[i])
    named++
  }
  return named + 0
}

function check(given,    path, name) {
  if (given ~ /^[ \t\n]*$/) unreadable("its path is empty")
  path = given
  gsub(/\\/, "/", path)
  # A path such as "../.git/config" only shows where it leads once it is seen from the folder it starts in.
  if (path !~ /^\// && started_in != "") path = started_in "/" path
  path = tolower(tidy(path))
  name = path
  sub(/^.*\//, "", name)

  if (("/" path "/") ~ /\/[.]git\//)
    deny(given, "git's own files are changed by git only; an edit can lose history or plant a hook that runs", \
      "use a git command (`git config`, `git remote`, `git rebase`), or say what you need and let a person do it")
  if (path ~ /\/[.](claude|agents)\/hooks\/(run$|[^\/]+\/[^\/]+[.]hook$|org-baseline\/)/)
    deny(given, "it is a part of the guards; one that an agent can change is none", \
      "say what you need and let a person change it")
  if (name ~ /^[.]env([.]|$)/ && name !~ /[.](example|sample|template)$/)
    deny(given, "it holds this machine's secrets", \
      "add the variable to .env.example with a made-up value, and ask a person to set the real one")
  if (is_key(name))
    deny(given, "it is, or holds, a private key", \
      "ask a person to create or replace it; a test that needs a key makes one when it runs")
  if (name in lock)
    deny(given, "a lockfile is written by its tool only", \
      "edit the manifest, then run `" lock[name] "`")
}

function is_key(name) {
  if (name ~ /[.](pem|key|p12|pfx|jks|keystore)$/) return 1
  # id_rsa, id_rsa_work, id_ed25519.old; not id_rsa_reader.go.
  return name ~ /^id_(rsa|dsa|ecdsa|ed25519)[^.]*([.](pub|old|bak|orig|[0-9]+))?$/
}
