# The rules of guard-bash: which commands no session runs. Which tools run commands is at the top of lib-input.awk; a tool
# that is not named there runs what it is given as `command`. lib-shell.awk calls `judge` for every simple command it finds,
# however deep: in lists, pipelines, subshells, $(...), `...`, here-documents for a shell, and `sh -c '...'`.

BEGIN {
  # Branches that only a reviewed merge changes.
  protected["main"]; protected["master"]

  # Folders that nothing removes as a whole (nor everything directly in them).
  system_folder = "^/(bin|boot|dev|etc|home|lib|lib64|opt|proc|root|run|sbin|srv|sys|usr|var|Applications|Library|System|Users|Volumes|private)$"

  # Commands that run another command: the letters of their options that take a value.
  wrapper["sudo"] = "ugpCDhrRtTU"; wrapper["doas"] = "uC"; wrapper["env"] = "uC"; wrapper["exec"] = "a"
  wrapper["command"]; wrapper["builtin"]; wrapper["nohup"]; wrapper["setsid"]; wrapper["busybox"]; wrapper["unbuffer"]
  wrapper["time"] = "fo"; wrapper["nice"] = "n"; wrapper["ionice"] = "cnp"; wrapper["timeout"] = "sk"
  wrapper["stdbuf"] = "ioe"; wrapper["xargs"] = "adEILnPs"; wrapper["watch"] = "n"

  # The same for git's commands that run hooks.
  committing["commit"] = "mFcCt"; committing["merge"] = "mFsX"; committing["pull"] = "sX"; committing["rebase"] = "sXx"
  committing["am"]; committing["revert"] = "m"; committing["cherry-pick"] = "m"

  split("sh bash zsh dash ksh ash fish", list, " "); for (i in list) shell[list[i]]
  # Interpreters that run their standard input when they are given no program.
  split("python python2 python3 node perl ruby php", list, " "); for (i in list) interpreter[list[i]]
}

{ input = input $0 "\n" }

END {
  read_call(input)
  command = call "\ncommand"
  # Cursor, about to run a shell, names no tool and has the command at the top.
  if (tool == "" && !json_has(command)) command = "\ncommand"
  if (does[tool] != "writes" && json_has(command)) {
    folder = started_in
    scan_text(json_string(command), 0)
  } else if (tool == "" || does[tool] == "runs") unreadable("it has no `tool_input.command`")
  # What is left runs no command: a tool that reads or writes, or one that is not known and is given none.
  print "pass"
}

# Judges word[i..n]. `fed` is 1 if a download is on its standard input, `input_text` what else is known to be there.
# Returns 1 if it downloads; sets output_text if what it prints is known.
function judge(word, shape, fetched, i, n, fed, input_text,    name, first) {
  output_text = ""
  for (; i <= n && word[i] ~ /^[A-Za-z_][A-Za-z0-9_]*[+]?=/; i++) assign(word[i], fetched[i])
  i = unwrap(word, shape, i, n)
  if (i > n) return 0
  name = tolower(word[i])
  sub(/^.*\//, "", name)
  said = joined(word, i, n)
  first = i + 1

  if (is_download(name)) return 1
  if (name ~ /^(export|readonly|local|declare|typeset)$/) for (; first <= n; first++) assign(word[first], fetched[first])
  else if (name == "for" || name == "select") assigned[word[first]]
  else if (name == "cd" || name == "pushd") move(first <= n ? shape[first] : "~")
  else if (name ~ /^(echo|printf|cat)$/) return prints(name, word, fetched, first, n, fed, input_text)
  else if (name == "rm") judge_rm(word, shape, first, n)
  else if (name == "git") judge_git(word, shape, first, n)
  else if (name == "find") judge_find(word, shape, fetched, first, n)
  else if (name == "eval") judge_eval(word, fetched, first, n)
  else if (name == "." || name == "source") judge_source(word[first], fetched[first], fed)
  else if (name in shell) judge_shell(word, fetched, first, n, fed, input_text)
  else if (name == "su") judge_su(word, fetched, first, n, fed)
  else if (name in interpreter) judge_interpreter(word, fetched, first, n, fed)
  return 0
}

function is_download(name) {
  return name ~ /(^|\/)(curl|wget)$/
}

function assign(word, fetched,    name, equals) {
  equals = index(word, "=")
  if (!equals) return
  name = substr(word, 1, equals - 1)
  sub(/[+]$/, "", name)
  if (equals < length(word)) assigned[name]
  if (fetched) tainted[name]
}

# After `cd`, paths are seen from there; where that is not known, from nowhere.
function move(target) {
  sub(/^~/, ENVIRON["HOME"], target)
  folder = target ~ /[$*?[~]|^-/ ? "" : resolve(folder, target)
}

function project() {
  return ENVIRON["CLAUDE_PROJECT_DIR"] == "" ? started_in : ENVIRON["CLAUDE_PROJECT_DIR"]
}

# Past sudo, env, nohup, xargs …: the index of the command that they run, or n + 1.
function unwrap(word, shape, i, n,    name, option) {
  for (;;) {
    if (i > n) return i
    name = word[i]
    sub(/^.*\//, "", name)
    if (!(name in wrapper)) return i
    for (i++; i <= n && word[i] ~ /^-./; i++) {
      option = word[i]
      if (option == "--") { i++; break }
      if (name == "command" && option ~ /^-[vV]+$/) return n + 1
      if (option ~ /^--(user|group|host|prompt|chdir|unset|adjustment|signal|kill-after|max-args|max-procs|interval)$/) i++
      else if (option !~ /^--/) i += takes_next(option, wrapper[name])
    }
    if (name == "timeout") i++
    while (i <= n && word[i] ~ /^[A-Za-z_][A-Za-z0-9_]*=/) i++
  }
}

# 1 if the option cluster `-xyz` takes the next word as a value: its first letter that takes one is its last.
function takes_next(option, letters,    k) {
  for (k = 2; k <= length(option); k++) if (index(letters, substr(option, k, 1))) return k == length(option)
  return 0
}

function joined(word, first, last,    text, i) {
  for (i = first; i <= last; i++) text = text (i > first ? " " : "") word[i]
  return text
}

# What `echo` and `printf` say and `cat` passes on goes into output_text; returns 1 if a download is in it.
function prints(name, word, fetched, first, n, fed, input_text,    i) {
  if (name == "cat") output_text = first > n ? input_text : ""
  else {
    output_text = joined(word, first, n)
    sub(/^-[neE]+ /, "", output_text)
    gsub(/\\n/, "\n", output_text)
  }
  for (i = first; i <= n; i++) if (fetched[i]) return 1
  return name == "cat" && fed
}

# ---- rm

function judge_rm(word, shape, first, n,    i, recursive, option, why) {
  for (i = first; i <= n; i++) {
    option = word[i]
    if (option == "--") break
    if (option ~ /^--no-p/)
      deny(said, "it switches off rm's own protection of /", "name the folder to remove, without --no-preserve-root")
    if (option ~ /^(--r|-[A-Za-z]*[rR])/) recursive = 1
  }
  if (!recursive) return
  for (i = first; i <= n; i++) {
    why = loss(shape[i])
    if (why != "")
      deny(said, "`" word[i] "` " why, \
        "name what to remove, such as `rm -rf build` or `rm -rf \"${DIR:?}\"/*`, or ask a person to run it")
  }
}

# Why removing `target` with everything below it would lose too much; "" if it would not.
function loss(target,    head, tail, count, alternative, k, why, path) {
  if (++alternatives > 2000) unreadable("it has too many {a,b}")
  # {a,b}: each in turn.
  if (match(target, /[{][^{}]*,[^{}]*[}]/)) {
    head = substr(target, 1, RSTART - 1)
    tail = substr(target, RSTART + RLENGTH)
    count = split(substr(target, RSTART + 1, RLENGTH - 2), alternative, /,/)
    for (k = 1; k <= count; k++) if ((why = loss(head alternative[k] tail)) != "") return why
    return ""
  }
  if (target == "") return ""

  # $DIR/… with nothing in $DIR; a second variable may be empty as well.
  if (match(target, /^\$[A-Za-z_0-9]+\//)) {
    head = substr(target, 2, RLENGTH - 2)
    tail = substr(target, RLENGTH)
    gsub(/\$[A-Za-z_0-9]+/, "", tail)
    if (!(head in assigned) && loss(tail) != "") return "is `" tail "` if `$" head "` is empty"
  }

  path = tidy(target)
  if (tolower(path) ~ /(^|\/)[.]git(\/([*?.]+|objects|refs))?$/) return "is the repository's history"

  # A last part that matches everything stands for the folder it is in.
  while (matches_everything(path)) path = tidy(path ~ "^/[^/]*$" ? "/" : substr(path, 1, match(path, "[^/]*$") - 1))

  if (path == "/") return "is the root of the file system"
  if (path ~ system_folder) return "is a system folder"
  if (path ~ /^~[A-Za-z0-9_-]*$/ || path ~ "^/(home|Users)/[^/]+$") return "is a home folder"
  if (path ~ /^~\/[.][.]/) return "is above a home folder"
  if (path == ".") return "is everything here"
  if (path ~ /^[.][.](\/[.][.])*$/) return "is a folder above this one"

  if (path ~ /^~\//) path = ENVIRON["HOME"] substr(path, 2)
  path = path ~ /[$*?[~]/ ? "" : resolve(folder, path)
  if (path == "") return ""
  if (holds(path, project()) || holds(path, started_in)) return "holds the repository you work in"
  if (holds(path, ENVIRON["HOME"])) return "holds your home folder"
  return ""
}

# Whether the last part of `path` is nothing but wildcards: `*`, `.*`, `??*`, `[a-z]*`.
function matches_everything(path) {
  sub(/^.*\//, "", path)
  gsub(/[[][^]]*[]]/, "?", path)
  return path ~ /^[.]?[*?]+$/
}

function holds(outside, inside) {
  return inside != "" && index(tidy(inside) "/", outside "/") == 1
}

# ---- git

function judge_git(word, shape, first, n,    i, where, verb, option) {
  where = folder
  for (i = first; i <= n && word[i] ~ /^-/; i++) {
    option = tolower(word[i])
    if (word[i] == "-c" || word[i] ~ /^--config-env/) {
      if (word[i] == "-c" || word[i] == "--config-env") option = tolower(word[++i])
      sub(/^--config-env=/, "", option)
      if (option ~ /^core[.]hookspath(=|$)/) deny_skip()
    }
    else if (word[i] == "-C") { i++; where = shape[i] ~ /[$~*?]/ ? "" : resolve(where, word[i]) }
    else if (word[i] ~ /^--(git-dir|work-tree|namespace|super-prefix)$/) { i++; where = "" }
    else if (word[i] ~ /^--(git-dir|work-tree)=/) where = ""
  }
  verb = word[i]
  if (verb == "push") judge_push(word, i + 1, n, where)
  else if (verb == "config") judge_config(word, i + 1, n)
  else if (verb in committing) judge_commit(word, i + 1, n, verb)
}

function deny_skip() {
  deny(said, "it skips the checks that everyone's commits and pushes pass", \
    "run it without that option and fix what the hook reports; if the hook itself is wrong, tell a person")
}

# `git config core.hooksPath` may be read, and set to a folder; it may not be pointed at nothing.
function judge_config(word, i, n) {
  for (; i < n; i++)
    if (tolower(word[i]) == "core.hookspath" && (word[i + 1] == "" || word[i + 1] ~ /^\/dev\//)) deny_skip()
}

function judge_commit(word, i, n, verb,    option, k, letter) {
  for (; i <= n; i++) {
    option = word[i]
    if (option == "--") return
    if (option ~ /^--no-veri/) deny_skip()
    if (option ~ /^--(message|file|author|date|template|reuse-message|reedit-message|fixup|squash|cleanup|trailer|exec)$/) i++
    if (option !~ /^-[A-Za-z]/) continue
    # In a cluster such as -anm each letter is an option, until one takes what follows as its value.
    for (k = 2; k <= length(option); k++) {
      letter = substr(option, k, 1)
      if (letter == "n" && verb == "commit") deny_skip()
      if (index(committing[verb] "Su", letter)) break
    }
    i += takes_next(option, committing[verb])
  }
}

function judge_push(word, i, n, where,    option, only_operands, operands, target, branch) {
  for (; i <= n; i++) {
    option = word[i]
    if (option == "--" && !only_operands) only_operands = 1
    else if (option ~ /^-/ && !only_operands) {
      if (option ~ /^--no-veri/) deny_skip()
      if (option == "--force" || option ~ /^-[A-Za-z0-9]*f/ && option !~ /^-o/) deny_force()
      if (option ~ /^--mi/) deny_force()
      if (option ~ /^--(all|branches)$/) deny_branch("every branch, the protected ones too")
      if (option ~ /^(-o|--push-option|--repo|--receive-pack|--exec)$/) i++
    }
    else if (++operands > 1) {
      target = option
      if (target ~ /^[+]/) deny_force()
      sub(/^.*:/, "", target)
      sub(/^refs\/heads\//, "", target)
      if (target in protected) deny_branch("`" target "`")
      if (target ~ /[*]/ || option == ":") deny_branch("every branch that matches, the protected ones too")
      # Another way to say the branch that is checked out.
      if (option ~ /^(HEAD|@|[$][(]git (branch --show-current|rev-parse --abbrev-ref HEAD|symbolic-ref --short HEAD)[)])$/) operands = 1
    }
  }
  # No branch is named: git takes the one that is checked out.
  if (operands < 2) {
    branch = current_branch(where)
    if (branch in protected) deny_branch("`" branch "`, which is checked out here,")
  }
}

function deny_force() {
  deny(said, "a forced push can erase what others pushed", \
    "push a new commit; to replace your own rebased branch, use --force-with-lease and name the branch")
}

function deny_branch(what) {
  deny(said, "it pushes to " what " and only a reviewed merge does that", \
    "push a branch of its own (`git push -u origin HEAD:my-branch`) and open a pull request")
}

# The branch that is checked out in `where` or above it, read from .git/HEAD; "" when it cannot be told.
function current_branch(where,    git, line) {
  if (where !~ /^\//) return ""
  for (;;) {
    git = where "/.git"
    if ((getline line < (git "/HEAD")) > 0) break
    # In a worktree, .git is a file that says where its folder is.
    if ((getline line < git) > 0 && sub(/^gitdir: /, "", line)) {
      git = resolve(where, line)
      if ((getline line < (git "/HEAD")) > 0) break
    }
    if (!sub("/[^/]*$", "", where)) return ""
  }
  return sub(/^ref: refs\/heads\//, "", line) ? line : ""
}

# ---- Running what was downloaded

function deny_download(what) {
  deny(what, "it runs what a server sends, unread", \
    "download it to a file (`curl -fsSLo install.sh URL`), read it, and run the file; or install with the package manager")
}

# sh, bash …: their program is after -c, in a file, or on standard input.
function judge_shell(word, fetched, i, n, fed, input_text,    from_option, from_input) {
  for (; i <= n && word[i] ~ /^[-+]./; i++) {
    if (word[i] == "--") { i++; break }
    if (word[i] ~ /^(-[A-Za-z]*c[A-Za-z]*|--command)$/) from_option = 1
    if (word[i] ~ /^-[A-Za-z]*s[A-Za-z]*$/) from_input = 1
    if (word[i] ~ /^([-+][A-Za-z]*[oO]|--rcfile|--init-file)$/) i++
  }
  if (i <= n && fetched[i]) deny_download(said)
  if (from_option) { if (i <= n) scan_text(word[i], fed); return }
  if (i <= n && !from_input && word[i] !~ /^(-|\/dev\/(stdin|fd\/0))$/) return
  if (fed) deny_download("… | " said)
  if (input_text != "") scan_text(input_text, 0)
}

function judge_su(word, fetched, i, n, fed) {
  for (; i < n; i++) {
    if (word[i] !~ /^(-[a-z]*c|--command)$/) continue
    if (fetched[i + 1]) deny_download(said)
    scan_text(word[++i], fed)
  }
}

# python, node …: only a program from standard input counts. `python3 -m json.tool` and `perl -ne …` read data.
function judge_interpreter(word, fetched, i, n, fed) {
  if (i < n && word[i] ~ /^-(c|e|r|p|-eval|-print)$/ && fetched[i + 1]) deny_download(said)
  while (i <= n && word[i] ~ /^-[A-Za-z]+$/ && word[i] !~ /[cempnrE]/) i++
  if (i <= n && fetched[i]) deny_download(said)
  if (fed && (i > n || word[i] ~ /^(-|\/dev\/(stdin|fd\/0))$/)) deny_download("… | " said)
}

function judge_eval(word, fetched, first, n,    i) {
  for (i = first; i <= n; i++) if (fetched[i]) deny_download(said)
  scan_text(joined(word, first, n), 0)
}

function judge_source(file, fetched, fed) {
  if (fetched || fed && file ~ /^(-|\/dev\/(stdin|fd\/0))$/) deny_download(said)
}

# find … -exec COMMAND ; is a command of its own.
function judge_find(word, shape, fetched, first, n,    i, k) {
  for (i = first; i <= n; i++) {
    if (word[i] !~ /^-(exec|execdir|ok|okdir)$/) continue
    for (k = i + 1; k < n && word[k] != ";" && word[k] != "+"; k++) {}
    judge(word, shape, fetched, i + 1, k - (word[k] == ";" || word[k] == "+"), 0, "")
    i = k
  }
}
