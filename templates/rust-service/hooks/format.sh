#!/bin/sh
# format: runs after a tool call and formats the Rust files that it wrote, so that no diff has layout in it.
#
# stdin   the tool call, one JSON document
# exit 0  always: a formatter has no say in whether an edit stands
#
# Nothing happens if the tool writes no file, if the file is no Rust, if rustfmt isn't installed, or if the file doesn't parse: rustfmt
# leaves it as it is then.
#
# input.awk    reads the JSON
# edited.awk   finds the files in it
# edition.awk  reads Cargo.toml

case $0 in
*/*) here=${0%/*} ;;
*) here=. ;;
esac
# Seen from everywhere, because each file is formatted from its own folder.
here=$(cd "$here" && pwd -P) || exit 0

# Formats one file. Runs in a shell of its own.
format() {
  case $1 in
  /*) file=$1 ;;
  *) file=${CLAUDE_PROJECT_DIR:-.}/$1 ;;
  esac
  [ -f "$file" ] || exit 0
  folder=$(cd "${file%/*}/" && pwd -P) || exit 0
  file=$folder/${file##*/}

  # The edition decides what parses. It is that of the nearest Cargo.toml, or of the workspace above that it inherits from.
  edition=above
  above=$folder
  inherited=0
  while [ -n "$above" ] && [ "$edition" = above ]; do
    if [ -f "$above/Cargo.toml" ]; then
      edition=$(awk -v inherited=$inherited -f "$here/edition.awk" <"$above/Cargo.toml")
      inherited=1
    fi
    above=${above%/*}
  done
  if [ "$edition" = above ]; then edition=; fi

  # From the file's folder, where rustfmt looks for rustfmt.toml and rustup for the toolchain. Through standard input: given a file,
  # rustfmt also formats every file that its `mod` items name. The dot keeps the last newline.
  cd "$folder" || exit 0
  formatted=$(rustfmt ${edition:+--edition "$edition"} <"$file" && echo .) || exit 0
  formatted=${formatted%.}
  if [ -n "$formatted" ] && ! printf '%s' "$formatted" | cmp -s - "$file"; then
    printf '%s' "$formatted" >"$file"
  fi
}

files=$(LC_ALL=C awk -f "$here/input.awk" -f "$here/edited.awk") || exit 0
[ -n "$files" ] || exit 0
command -v rustfmt >/dev/null || exit 0
while IFS= read -r name; do
  (format "$name")
done <<EOF
$files
EOF
exit 0
