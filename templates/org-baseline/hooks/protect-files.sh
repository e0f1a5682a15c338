#!/bin/sh
# protect-files: runs before a tool call and keeps secrets, lockfiles and .git out of reach. A tool that edits no file passes.
#
# stdin   the tool call, one JSON document
# exit 0  it may run
# exit 2  it may not; stderr says what, why and what to do instead
#
# It fails closed: the edit passes only if the check ran to its end and printed exactly `pass`. A missing awk, a missing
# file beside this one, a crash or input that cannot be read all block.
#
# lib-input.awk      reads the call, and says which tools there are
# protect-files.awk  the rules: start there

case $0 in
*/*) here=${0%/*} ;;
*) here=. ;;
esac

verdict=$(LC_ALL=C awk -f "$here/lib-input.awk" -f "$here/protect-files.awk")
if [ "$verdict" = pass ]; then
  exit 0
fi
printf 'protect-files: %s\n' "${verdict:-blocked: the check did not run to its end. Ask a person to look at $here.}" >&2
exit 2
