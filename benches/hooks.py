#!/usr/bin/env python3
"""A hook by the hook runner beside its script alone: whole processes, one after the other in one run.

    benches/hooks.py [--runs N]

Each is run by a shell, as agents do, with a call of a tool on standard input. The difference is what the runner costs.
"""
import argparse, json, os, statistics, subprocess, tempfile, time

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../src/agent/runner/run')

FIND = 'd=$PWD; until [ -f "$d/.claude/hooks/run" ] || [ -z "$d" ]; do d=${d%/*}; done; '

COMMANDS = {
    'the script alone': '"$CLAUDE_PROJECT_DIR"/.claude/hooks/t/guard.sh',
    'Claude Code': 'sh "$CLAUDE_PROJECT_DIR/.claude/hooks/run" claude before-tool t/guard || exit 2',
    'Codex': FIND + 'sh "$d/.claude/hooks/run" codex before-tool t/guard || exit 2',
    'Gemini CLI': FIND + 'sh "$d/.claude/hooks/run" gemini before-tool t/guard || exit 2',
}

FILES = {
    'run': open(RUNNER).read(),
    't/guard.sh': '#!/bin/sh\ncat >/dev/null\n',
    't/guard.hook': 'blocks=yes\nseconds=9\nmatches=Bash\nset -- "$here/t/guard.sh"\n',
}


def repository(folder):
    hooks = os.path.join(folder, '.claude/hooks')
    os.makedirs(os.path.join(hooks, 't'))
    for path, text in FILES.items():
        with open(os.path.join(hooks, path), 'w') as file:
            file.write(text)
    os.chmod(os.path.join(hooks, 't/guard.sh'), 0o755)


def took(command, folder):
    told = {'cwd': folder, 'tool_name': 'Bash', 'tool_input': {'command': 'git status'}}
    environment = dict(os.environ, CLAUDE_PROJECT_DIR=folder)
    start = time.perf_counter()
    subprocess.run(['sh', '-c', command], input=json.dumps(told).encode(), cwd=folder, env=environment,
                   stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - start)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--runs', type=int, default=300)
    runs = arguments.parse_args().runs
    times = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        for _ in range(runs):
            for name, command in COMMANDS.items():
                times[name].append(took(command, folder))
    medians = {name: statistics.median(all) for name, all in times.items()}
    alone = medians['the script alone']
    for name, median in medians.items():
        print(f'{name:16}  {median:6.2f} ms  {median - alone:+6.2f} ms')


if __name__ == '__main__':
    main()
