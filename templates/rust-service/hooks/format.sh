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

# From the file's own folder, rustup picks the project's toolchain.
folder=$(cd "${file%/*}/" && pwd -P) || exit 0
file=$folder/${file##*/}

# The edition decides what parses: it is that of the nearest Cargo.toml.
edition=
above=$folder
while [ -n "$above" ]; do
  if [ -f "$above/Cargo.toml" ]; then
    edition=$(awk -f "$here/edition.awk" <"$above/Cargo.toml")
    break
  fi
  above=${above%/*}
done

cd "$folder" && rustfmt ${edition:+--edition "$edition"} "$file" >/dev/null
exit 0
