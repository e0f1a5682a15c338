# The rules of protect-files: which files an agent does not edit.
# To change them, edit the tables below; a name is compared in lower case, because some file systems do too.

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
}

{ input = input $0 "\n" }

END {
  json_read(input)
  edited = json_has("\ntool_input\nfile_path") + json_has("\ntool_input\nnotebook_path")
  if (!edited) unreadable("it has no `tool_input.file_path` and no `tool_input.notebook_path`")
  if (json_has("\ntool_input\nfile_path")) check(json_string("\ntool_input\nfile_path"))
  if (json_has("\ntool_input\nnotebook_path")) check(json_string("\ntool_input\nnotebook_path"))
  print "pass"
}

function check(given,    path, name) {
  if (given ~ /^[ \t\n]*$/) unreadable("its path is empty")
  path = given
  gsub(/\\/, "/", path)
  # A path such as "../.git/config" only shows where it leads once it is seen from the folder it starts in.
  if (path !~ /^\// && json_has("\ncwd")) path = json_string("\ncwd") "/" path
  path = tolower(tidy(path))
  name = path
  sub(/^.*\//, "", name)

  if (("/" path "/") ~ /\/[.]git\//)
    deny(given, "git's own files are changed by git only; an edit can lose history or plant a hook that runs", \
      "use a git command (`git config`, `git remote`, `git rebase`), or say what you need and let a person do it")
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
