#!/bin/sh
# format: runs after every edit and formats the Rust file that was edited, so that no diff has layout in it.
#
# stdin   the tool call, one JSON document
# exit 0  always: a formatter has no say in whether an edit stands
#
# Nothing happens if the file is no Rust, if rustfmt isn't installed, or if the file doesn't parse: rustfmt leaves it as it is then.
#
# input.awk    reads the JSON
# edition.awk  reads Cargo.toml

case $0 in
*/*) here=${0%/*} ;;
*) here=. ;;
esac

file=$(LC_ALL=C awk -v want=tool_input.file_path -f "$here/input.awk") || exit 0
case $file in
/*.rs) ;;
*.rs) file=${CLAUDE_PROJECT_DIR:-.}/$file ;;
*) exit 0 ;;
esac
[ -f "$file" ] || exit 0
command -v rustfmt >/dev/null || exit 0

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
exit 0
