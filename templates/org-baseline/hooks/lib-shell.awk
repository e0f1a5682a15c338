# Splits a command line into simple commands and their words, as a POSIX shell (and bash) would, and hands each simple command
# to `judge`, which guard-bash.awk defines. Nothing is run and nothing is expanded.
#
# A word has two readings:
#   word[i]   its text with the quotes taken off: what the program gets, with `$name` and `$(...)` left as they are
#   shape[i]  what it means as a path: every quoted ~ * ? [ { } $ is `_`, so that the ones left are live; the home folder is
#             `~` and the current one `.` however they are said ($HOME, "${PWD}", $(pwd)); an expansion that is surely not
#             empty is `_`, any other is `$name`
# and fetched[i], which is 1 if the word holds the output of a download: "$(curl ...)", <(curl ...).
#
# Where the shell itself would give up (a quote that is never closed), so does this: the tool call is unreadable.

# Reads `text` as commands. `fed` is 1 if a download is on their standard input. Returns 1 if one of them downloads.
function scan_text(text, fed,    outer_text, outer_at, outer_heredoc, downloads) {
  # A hook that runs out of time no longer blocks, so stop well before that, with the slowest awk.
  scanned += length(text)
  if (scanned > 60000) unreadable("the command is too long")
  outer_text = T; outer_at = at; outer_heredoc = heredoc_end
  T = text; at = 1; heredoc_end = 0
  downloads = scan_list("", fed)
  T = outer_text; at = outer_at; heredoc_end = outer_heredoc
  return downloads
}

# Reads commands from T, from position `at`, until `closer` (")" or the end). Compound commands (if, while, case, { ...) are
# levels of one list: base[level] says whether what starts there is fed, any[level] whether something in it downloaded.
function scan_list(closer, fed,    word, shape, fetched, n, c, level, base, outer, any, pattern, feed, feed_text, piece, \
                   piped, redirected, input_text, input_fetched, skip, doubled) {
  if (++nesting > 40) unreadable("the command is nested too deeply")
  level = 0
  base[level] = feed = fed
  for (;;) {
    c = substr(T, at, 1)
    if (c == " " || c == "\t" || c == "\r") { at++; continue }
    if (substr(T, at, 2) == "\\\n") { at += 2; continue }
    if (c == "#") { skip_comment(); continue }

    # A pipeline goes on after a newline, and so does `case x` before its `in`.
    if (c == "\n" && (n ? word[1] == "case" : piped)) { next_line(); continue }

    # The pattern of a `case` branch: words up to `)`, none of them a command.
    if (pattern[level] && c != "" && index("()|\n", c)) {
      if (c == ")") pattern[level] = 0
      at++
      continue
    }

    # The end of a simple command, and maybe of the pipeline or the list.
    if (c == "" || index("\n;&|()", c) && substr(T, at, 2) != "&>") {
      output_text = ""
      if (!redirected) { input_text = feed_text; input_fetched = feed }
      if (n) piece = judge(word, shape, fetched, 1, n, input_fetched, input_text) || piece
      n = piped = redirected = input_fetched = 0; input_text = ""
      if (c == "(") {
        at++
        # `((` may be arithmetic, where << is no here-document.
        doubled = (substr(T, at, 1) == "(")
        arithmetic += doubled
        piece = scan_list(")", feed) || piece
        arithmetic -= doubled
        continue
      }
      any[level] = any[level] || piece
      if (c == "|" && substr(T, at, 2) != "||") {
        at += substr(T, at, 2) == "|&" ? 2 : 1
        feed = feed || piece
        feed_text = output_text
        piece = 0
        piped = 1
        continue
      }
      feed = base[level]; feed_text = ""; piece = 0
      if (c == closer) {
        if (c != "") at++
        nesting--
        return any[level] || any[0]
      }
      if (c == "") unreadable("a `(` is never closed")
      if (c == ")") unreadable("a `)` closes nothing")
      if (c == "\n") next_line()
      else if (c == ";" && match(substr(T, at, 3), /^;(;&?|&)/)) { at += RLENGTH; pattern[level] = in_case[nesting, level] }
      else at += substr(T, at, 2) == (c c) ? 2 : 1
      continue
    }

    # A redirection: its target is no word of the command.
    if ((c == "<" || c == ">" || c == "&") && substr(T, at + 1, 1) != "(") {
      match(substr(T, at, 3), /^(<<<|<<-|<<|<&|<>|<|&>>|&>|>>|>&|>[|]|>)/)
      c = substr(T, at, RLENGTH)
      at += RLENGTH
      while (substr(T, at, 1) == " " || substr(T, at, 1) == "\t") at++
      read_word(feed)
      if (c !~ /^<(<<|<-?)?$/) continue
      redirected = 1
      input_text = ""; input_fetched = got_fetched
      if (c == "<<<") input_text = got_text
      else if (c != "<" && !arithmetic) input_text = read_heredoc(got_text, c == "<<-", got_quoted)
      continue
    }

    # A word. What `>(...)` reads is this command's output.
    read_word(feed || piece || n && is_download(word[1]))
    if (pattern[level] && got_shape != "esac") continue
    if (got_text ~ /^[0-9]+$/ && !got_quoted && substr(T, at, 1) ~ /^[<>]/ && substr(T, at + 1, 1) != "(") continue
    if (skip) { skip = 0; continue }
    if (!n && !got_quoted) {
      if (got_shape ~ /^([{]|if|while|until|case|for|select)$/) {
        level++
        base[level] = outer[level] = feed
        any[level] = pattern[level] = in_case[nesting, level] = 0
        if (got_shape !~ /^(case|for|select)$/) continue
      }
      else if (got_shape ~ /^([}]|fi|done|esac)$/) {
        pattern[level] = 0
        if (level) {
          piece = any[level]
          feed = outer[level]
          level--
        }
        continue
      }
      else if (got_shape ~ /^(then|else|elif|do|!|coproc)$/) continue
      else if (got_shape == "function") { skip = 1; continue }
    }
    if (n && word[1] == "case" && got_shape == "in") {
      n = 0
      pattern[level] = in_case[nesting, level] = 1
      continue
    }
    n++
    word[n] = got_text; shape[n] = got_shape; fetched[n] = got_fetched
  }
}

# Past a newline and the here-documents that start after it.
function next_line() {
  at = heredoc_end > at ? heredoc_end : at + 1
  heredoc_end = 0
}

function skip_comment(    distance) {
  distance = index(substr(T, at), "\n")
  at = distance ? at + distance - 1 : length(T) + 1
}

# Reads one word at `at` into got_text, got_shape, got_fetched and got_quoted. `fed` is what a `>(...)` in it reads.
function read_word(fed,    text, shape, fetched, quoted, c, following, start) {
  for (;;) {
    # Plain characters in one go, as far as they are in sight.
    if (match(substr(T, at, 80), "^[][A-Za-z0-9_.,/=:@%+^!~*?{}#-]+")) {
      c = substr(T, at, RLENGTH)
      text = text c; shape = shape c
      at += RLENGTH
      continue
    }
    c = substr(T, at, 1)
    if (c == "" || index(" \t\r\n;&|()", c)) break
    following = substr(T, at + 1, 1)
    if (c == "<" || c == ">") {
      if (following != "(") break
      start = at
      at += 2
      if (c == "<") fetched = scan_list(")", 0) || fetched
      else scan_list(")", fed)
      text = text substr(T, start, at - start); shape = shape "_"
    } else if (c == "\\") {
      if (following != "\n") { quoted = 1; text = text following; shape = shape inert(following) }
      at += 2
    } else if (c == "'") {
      quoted = 1
      following = index(substr(T, at + 1), "'")
      if (!following) unreadable("a single quote is never closed")
      c = substr(T, at + 1, following - 1)
      text = text c; shape = shape inert(c)
      at += following + 1
    } else if (c == "\"") {
      quoted = 1
      at++
      read_quoted("\"")
      text = text got_text; shape = shape got_shape; fetched = fetched || got_fetched
    } else if (c == "$" && following == "'") {
      quoted = 1
      c = read_ansi_quoted()
      text = text c; shape = shape inert(c)
    } else if (c == "$" && following == "\"") {
      at++
    } else if (c == "$" || c == "`") {
      read_expansion()
      text = text got_text; shape = shape got_shape; fetched = fetched || got_fetched
    } else {
      text = text c; shape = shape c
      at++
    }
  }
  got_text = text; got_shape = shape; got_fetched = fetched; got_quoted = quoted
}

function inert(text) {
  gsub(/[~*?[{}$]/, "_", text)
  return text
}

# The inside of double quotes up to `closer`, which is taken too: `"`; `}` for the inside of ${...}; "" for a here-document.
function read_quoted(closer,    text, shape, fetched, c, following) {
  for (;;) {
    if (match(substr(T, at, 80), /^[^"'}\\$`]+/)) {
      c = substr(T, at, RLENGTH)
      text = text c; shape = shape inert(c)
      at += RLENGTH
      continue
    }
    c = substr(T, at, 1)
    if (c == closer) { at++; break }
    if (c == "") unreadable(closer == "}" ? "a `${` is never closed" : "a double quote is never closed")
    if (c == "\\") {
      following = substr(T, at + 1, 1)
      at += 2
      if (following == "\n") continue
      if (following == "" || !index("$`\"\\", following)) following = c following
      text = text following; shape = shape inert(following)
    } else if (c == "$" || c == "`") {
      read_expansion()
      text = text got_text; shape = shape got_shape; fetched = fetched || got_fetched
    } else if (c == "\"" && closer == "}") {
      at++
      read_quoted("\"")
      text = text got_text; shape = shape got_shape; fetched = fetched || got_fetched
    } else {
      text = text c; shape = shape inert(c)
      at++
    }
  }
  got_text = text; got_shape = shape; got_fetched = fetched
}

# $'...'
function read_ansi_quoted(    text, c, k, code) {
  at += 2
  for (;;) {
    c = substr(T, at++, 1)
    if (c == "") unreadable("a single quote is never closed")
    if (c == "'") return text
    if (c != "\\") { text = text c; continue }
    c = substr(T, at, 4)
    if (match(c, /^x[0-9a-fA-F][0-9a-fA-F]?/)) {
      code = 0
      for (k = 2; k <= RLENGTH; k++) code = code * 16 + index("0123456789abcdef", tolower(substr(c, k, 1))) - 1
    } else if (match(c, /^[0-7][0-7]?[0-7]?/)) {
      code = 0
      for (k = 1; k <= RLENGTH; k++) code = code * 8 + substr(c, k, 1)
    } else {
      c = substr(T, at++, 1)
      if (c == "n") c = "\n"
      if (c == "t") c = "\t"
      text = text c
      continue
    }
    if (code) text = text sprintf("%c", code % 256)
    at += RLENGTH
  }
}

# $name, ${...}, $(...), $((...)), `...`. Commands inside are scanned.
function read_expansion(    start, name, modifier, fetched, raw) {
  start = at
  if (substr(T, at, 1) == "`") {
    raw = read_backquoted()
    fetched = scan_text(raw, 0)
    got_text = "$(" raw ")"; got_shape = command_shape(raw); got_fetched = fetched
    return
  }
  at++
  if (substr(T, at, 1) == "(") {
    at++
    name = (substr(T, at, 1) == "(")
    arithmetic += name
    fetched = scan_list(")", 0)
    arithmetic -= name
    got_text = substr(T, start, at - start)
    got_shape = command_shape(substr(T, start + 2, at - start - 3))
    got_fetched = fetched
    return
  }
  if (match(substr(T, at, 200), /^[A-Za-z_][A-Za-z0-9_]*/) || match(substr(T, at, 1), /^[0-9@*#?$!-]/)) {
    name = substr(T, at, RLENGTH)
    at += RLENGTH
    got_text = "$" name; got_shape = variable_shape(name, ""); got_fetched = (name in tainted)
    return
  }
  if (substr(T, at, 1) == "{") {
    at++
    # ${#name} is a number and ${!name} another variable's value: both keep their sign in the name, and match no rule.
    match(substr(T, at, 200), /^[!#]?[A-Za-z0-9_@*]*/)
    name = substr(T, at, RLENGTH)
    at += RLENGTH
    modifier = substr(T, at, 2)
    read_quoted("}")
    got_text = substr(T, start, at - start); got_shape = variable_shape(name, modifier)
    got_fetched = got_fetched || (name in tainted)
    return
  }
  got_text = "$"; got_shape = "_"; got_fetched = 0
}

# Surely not empty are ${name:?}, ${name:-default}, ${name:=default} and special parameters such as $$.
function variable_shape(name, modifier) {
  if (name == "HOME") return "~"
  if (name == "PWD" || name == "CLAUDE_PROJECT_DIR") return "."
  if (modifier == ":?" || modifier == ":-" || modifier == ":=") return "_"
  return name ~ /^[A-Za-z_0-9]/ ? "$" name : "_"
}

# The current folder, if the substitution says nothing else.
function command_shape(text) {
  gsub(/[ \t\n]+/, " ", text)
  sub(/^ /, "", text)
  sub(/ $/, "", text)
  return text ~ /^(pwd( -[LP])?|git rev-parse --show-toplevel)$/ ? "." : "_"
}

function read_backquoted(    text, c) {
  for (at++; ; at++) {
    c = substr(T, at, 1)
    if (c == "") unreadable("a backquote is never closed")
    if (c == "`") break
    if (c == "\\") {
      c = substr(T, ++at, 1)
      if (c == "" || !index("`\\$", c)) c = "\\" c
    }
    text = text c
  }
  at++
  return text
}

# The here-document that starts after this line (or after the one before it). Its commands run unless its word was quoted.
function read_heredoc(delimiter, strip_tabs, quoted,    from, count, line, i, size, body, outer_text, outer_at) {
  # Read at once, although it starts after this line: the command that it belongs to is judged before the line ends.
  from = heredoc_end > at ? heredoc_end : at + index(substr(T, at) "\n", "\n")
  count = split(substr(T, from), line, /\n/)
  for (i = 1; i <= count; i++) {
    size += length(line[i]) + 1
    if (strip_tabs) sub(/^\t+/, "", line[i])
    if (line[i] == delimiter) break
  }
  body = substr(T, from, i > count ? size : size - length(delimiter) - 1)
  if (!quoted && body ~ /[$`]/) {
    outer_text = T; outer_at = at
    T = body; at = 1; heredoc_end = 0
    read_quoted("")
    T = outer_text; at = outer_at
  }
  heredoc_end = from + size
  return body
}
