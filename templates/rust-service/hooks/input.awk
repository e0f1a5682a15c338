# Reads the JSON document on standard input, for edited.awk and stop.awk, which ask for its values: said(path) is a string
# decoded, a number or true or false as it is written, and nothing where the document has no such value. Ends with exit code 3 where
# it is no JSON object.
# POSIX awk only, so that every awk reads it alike. The text is cut at its double quotes: pieces are outside and inside strings
# by turns, and an escaped quote makes the string go on in the next piece. Strings are decoded only when they are wanted.

{ text = text $0 "\n" }

END { read_json() }

# Afterwards path[1..paths] are where strings and literals lie, such as `tool_input.file_path`, in the document's order.
function read_json() {
  # `split` of nothing empties an array, in every awk.
  split("", kind); split("", token_at)
  tokens = paths = 0
  cut()
  at = 1
  if (kind[1] != "{") broken()
  value("", 0)
  if (at <= tokens) broken()
}

function said(where,    token) {
  if (!(where in token_at)) return ""
  token = token_at[where]
  return kind[token] == "string" ? decoded(token) : literal[token]
}

function broken() {
  exit 3
}

function cut(    count, i, first) {
  count = split(text, piece, /"/)
  for (i = 1; i <= count; i++) {
    outside(piece[i])
    if (i == count) return
    for (first = ++i; ; i++) {
      if (i >= count) broken()
      if (!match(piece[i], /\\+$/) || RLENGTH % 2 == 0) break
    }
    kind[++tokens] = "string"
    from[tokens] = first
    to[tokens] = i
  }
}

# Braces, commas and literals between strings.
function outside(rest) {
  for (;;) {
    sub(/^[ \t\r\n]+/, "", rest)
    if (rest == "") return
    tokens++
    if (match(rest, /^[][{},:]/)) kind[tokens] = substr(rest, 1, 1)
    else if (match(rest, /^(true|false|null|-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?)/)) {
      kind[tokens] = "literal"
      literal[tokens] = substr(rest, 1, RLENGTH)
    } else broken()
    rest = substr(rest, RLENGTH + 1)
  }
}

# Reads the value at token `at`, which lies at `where`.
function value(where, depth,    here, key, closer, item) {
  if (depth > 100) broken()
  here = at++
  if (kind[here] == "string" || kind[here] == "literal") {
    token_at[where] = here
    path[++paths] = where
    return
  }
  closer = kind[here] == "{" ? "}" : kind[here] == "[" ? "]" : ""
  if (closer == "") broken()
  if (kind[at] == closer) { at++; return }
  for (;;) {
    key = "[" item++ "]"
    if (closer == "}") {
      if (kind[at] != "string" || kind[at + 1] != ":") broken()
      key = decoded(at)
      at += 2
    }
    value(where == "" ? key : where "." key, depth + 1)
    here = at++
    if (kind[here] == closer) return
    if (kind[here] != ",") broken()
  }
}

function decoded(token,    raw, i, count, part, out, block, letter, k) {
  # A long text grows by blocks: letter by letter it would take as long as its square.
  block = piece[from[token]]
  for (i = from[token] + 1; i <= to[token]; i++) {
    block = block "\"" piece[i]
    if (length(block) > 2000) { raw = raw block; block = "" }
  }
  count = split(raw block, part, /\\/)
  block = part[1]
  for (i = 2; i <= count; i++) {
    letter = substr(part[i], 1, 1)
    if (letter == "") block = block "\\" part[++i]
    else if (letter == "u") block = block character(substr(part[i], 2, 4)) substr(part[i], 6)
    else {
      k = index("bfnrt", letter)
      block = block (k ? substr("\b\f\n\r\t", k, 1) : letter) substr(part[i], 2)
    }
    if (length(block) > 2000) { out = out block; block = "" }
  }
  return out block
}

# A \uXXXX as UTF-8. Pairs for what lies beyond are not put together: agents write those characters as they are.
function character(hex,    i, code) {
  hex = tolower(hex)
  for (i = 1; i <= 4; i++) code = code * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
  if (code <= 0) broken()
  if (code < 128) return sprintf("%c", code)
  if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
  return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
}
