"""Kills a tool half-way through an update, at moments spread evenly over it, and looks at the tree; then runs the
update again, as a person would.
"""
import statistics, time
from collections import Counter

import trees
from cases import TEAM
from project import duplicate, prepare

MOMENTS = 40


def run(place, tools):
    print(f'\nKilled half-way, {MOMENTS} times\n\n| | at once | when the update is run again |\n|---|---|---|')
    for number, tool in enumerate(tools):
        print(f'| {tool.name} | {play(tool, place.folder / f"kills-{number}")} |', flush=True)


def play(tool, folder):
    prepare(tool, folder, 50)
    copy = folder / 'copy'
    before = content(folder)
    seconds = []
    for _ in range(7):
        duplicate(tool, folder, copy)
        start = time.perf_counter()
        done = tool.place.run(tool.update(), copy / 'repo')
        seconds.append(time.perf_counter() - start)
        after = content(copy)
    assert done.exit == 0 and after != before, done.output
    states = {'before': before, 'after': after}
    # A little longer than it takes, since no two runs take the same.
    longest = 1.1 * statistics.median(seconds)
    at_once, in_the_end = Counter(), Counter()
    for moment in range(MOMENTS):
        duplicate(tool, folder, copy)
        tool.place.kill(tool.update(), copy / 'repo', longest * (moment + 0.5) / MOMENTS)
        at_once[name(content(copy), states)] += 1
        tool.place.run(tool.update(), copy / 'repo')
        in_the_end[name(content(copy), states)] += 1
    return f'{told(at_once)} | {told(in_the_end)}'


def content(folder):
    """Returns a repository's files, and whatever a tool left among them. agentpkg's folder for `undo` isn't of them."""
    return {path: entry for path, entry in trees.read(folder / 'repo').items() if not path.startswith('.agentpkg/')}


def name(tree, states):
    for state, known in states.items():
        if tree == known:
            return state
        if {path: entry for path, entry in tree.items() if path in known} == known:
            return f'{state} with left-over files'
    edits = [path for path, entry in states['after'].items() if TEAM in entry.data]
    whole = all(path in tree and TEAM in tree[path].data for path in edits)
    return '**a mixture**' if whole else '**a mixture that lacks local edits**'


def told(counts):
    return ', '.join(f'{count} {state}' for state, count in sorted(counts.items()))
