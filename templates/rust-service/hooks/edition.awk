# Prints the edition that a Cargo.toml on standard input gives its package; nothing where it gives none.

{
  sub(/#.*/, "")
}

/^[ \t]*\[/ {
  table = $0
  gsub(/[][ \t\r]/, "", table)
  next
}

table == "package" && /^[ \t]*edition[ \t]*=/ && match($0, /["'][0-9]+["']/) {
  print substr($0, RSTART + 1, RLENGTH - 2)
  exit
}
