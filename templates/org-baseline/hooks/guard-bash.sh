#!/bin/sh
# guard-bash: runs before a tool call and blocks the few commands that no session should run. A tool that runs none passes.
#
# stdin   the tool call, one JSON document
# exit 0  it may run
# exit 2  it may not; stderr says what, why and what to do instead
#
# It fails closed: the command passes only if the check ran to its end and printed exactly `pass`. A missing awk, a missing
# file beside this one, a crash or input that cannot be read all block.
#
# lib-input.awk   reads the call, and says which tools there are
# lib-shell.awk   splits the command into words, as a shell would
# guard-bash.awk  the rules: start there

case $0 in
*/*) here=${0%/*} ;;
*) here=. ;;
esac

verdict=$(LC_ALL=C awk -f "$here/lib-input.awk" -f "$here/lib-shell.awk" -f "$here/guard-bash.awk")
if [ "$verdict" = pass ]; then
  exit 0
fi
printf 'guard-bash: %s\n' "${verdict:-blocked: the check did not run to its end. Ask a person to look at $here.}" >&2
exit 2
