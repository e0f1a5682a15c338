"""The cases: what a release brings, what the next one changes, what the team changed, and what has to hold afterwards.

Whatever the team writes has TEAM in it and whatever upstream writes has UPSTREAM, so that each can be found again.
"""
from typing import Callable, NamedTuple

from tools import SETTINGS
from trees import File, Link, changed, text

TEAM, UPSTREAM = b'TEAM', b'UPSTREAM'

GUIDE = 'docs/guide.md'
SCRIPT = 'scripts/check.sh'
# A release has other files as well. This one is changed upstream in every case and nobody touches it here: it has to
# arrive, whatever becomes of the file next to it.
BYSTANDER = 'docs/bystander.md'


class Case(NamedTuple):
    title: str
    # Whether a tree has the team's change, and upstream's, where it counts: not just somewhere in a conflict.
    has_team: Callable
    has_upstream: Callable
    upstream: dict
    team: dict
    release: dict
    # Files that git ignores.
    ignored: dict = {}
    # What a template can say about moved files, for the tools that listen.
    renames: dict = {}

    def first(self):
        return {**self.release, BYSTANDER: text('A page.')}

    def second(self):
        return changed(self.first(), {**self.upstream, BYSTANDER: text('A page.', 'UPSTREAM adds to it.')})


def lines(changes={}):
    """Returns the guide, twenty lines of it, some of them changed: a text replaces a line, None removes it."""
    rows = {number: f'Line {number} of the guide.' for number in range(1, 21)}
    return [row for row in {**rows, **changes}.values() if row is not None]


def guide(changes={}, **options):
    return text(*lines(changes), **options)


def script(last='exit 0', executable=False):
    return File(f'#!/bin/sh\necho "first"\necho "second"\necho "third"\necho "fourth"\n{last}\n'.encode(), executable)


def settings(**values):
    rows = ',\n'.join(f'    "{key}": "{value}"' for key, value in values.items())
    return File(f'{{\n  "env": {{\n{rows}\n  }}\n}}\n'.encode())


def binary(word=b'first'):
    return File(b'\x89PNG\r\n\x1a\n\x00\x00' + word + bytes(range(256)) * 4)


def holds(path, *words):
    """Returns whether a tree has a file with these words, each of them once."""
    return lambda tree: isinstance(tree.get(path), File) and all(tree[path].data.count(word) == 1 for word in words)


def is_executable(path):
    return lambda tree: isinstance(tree.get(path), File) and tree[path].executable


def is_absent(path):
    return lambda tree: path not in tree


def both(*conditions):
    return lambda tree: all(condition(tree) for condition in conditions)


def has_windows_line_ends(path):
    return lambda tree: path in tree and tree[path].data.count(b'\n') == tree[path].data.count(b'\r\n')


def links_to(path, target):
    return lambda tree: tree.get(path) == Link(target)


MARKED = '\n'.join(['<<<<<<< HEAD', 'One TEAM line.', '=======', 'Another line.', '>>>>>>> branch'])
INSIDE, OUTSIDE = 'shared/guide.md', '../outside/guide.md'


def linked(title, target):
    """A team keeps the guide elsewhere and left a link to it."""
    return Case(
        title,
        both(links_to(GUIDE, f'../{target}'), holds(target, TEAM)),
        holds(target, UPSTREAM),
        release={GUIDE: guide()},
        upstream={GUIDE: guide({15: 'UPSTREAM line 15.'})},
        team={GUIDE: Link(f'../{target}'), target: guide({5: 'TEAM line 5.'})})


CASES = [
    Case('same line',
         holds(GUIDE, TEAM), holds(GUIDE, UPSTREAM),
         release={GUIDE: guide()},
         upstream={GUIDE: guide({10: 'UPSTREAM line 10.'})},
         team={GUIDE: guide({10: 'TEAM line 10.'})}),
    Case('adjacent lines',
         holds(GUIDE, TEAM), holds(GUIDE, UPSTREAM),
         release={GUIDE: guide()},
         upstream={GUIDE: guide({11: 'UPSTREAM line 11.'})},
         team={GUIDE: guide({10: 'TEAM line 10.'})}),
    Case('deleted here, edited upstream',
         is_absent(GUIDE), holds(GUIDE, UPSTREAM),
         release={GUIDE: guide()},
         upstream={GUIDE: guide({10: 'UPSTREAM line 10.'})},
         team={GUIDE: None}),
    Case('edited here, deleted upstream',
         holds(GUIDE, TEAM), is_absent(GUIDE),
         release={GUIDE: guide()},
         upstream={GUIDE: None},
         team={GUIDE: guide({10: 'TEAM line 10.'})}),
    Case('both add one path',
         holds('docs/new.md', TEAM), holds('docs/new.md', UPSTREAM),
         release={GUIDE: guide()},
         upstream={'docs/new.md': text('# New', '', 'UPSTREAM explains here', 'how a release is made.')},
         team={'docs/new.md': text('# New', '', 'Notes of the TEAM', 'about its first service.')}),
    Case('both add one path, nearly alike',
         holds('docs/new.md', TEAM), holds('docs/new.md', UPSTREAM),
         release={GUIDE: guide()},
         upstream={'docs/new.md': guide({10: 'UPSTREAM line 10.'})},
         team={'docs/new.md': guide({10: 'TEAM line 10.'})}),
    Case('edited here, renamed upstream',
         holds('docs/handbook.md', TEAM), both(is_absent(GUIDE), lambda tree: 'docs/handbook.md' in tree),
         release={GUIDE: guide()},
         upstream={GUIDE: None, 'docs/handbook.md': guide()},
         team={GUIDE: guide({10: 'TEAM line 10.'})}),
    Case('edited here, renamed and edited upstream',
         holds('docs/handbook.md', TEAM), both(is_absent(GUIDE), holds('docs/handbook.md', UPSTREAM)),
         release={GUIDE: guide()},
         upstream={GUIDE: None, 'docs/handbook.md': guide({15: 'UPSTREAM line 15.'})},
         team={GUIDE: guide({5: 'TEAM line 5.'})},
         renames={GUIDE: 'docs/handbook.md'}),
    Case('adjacent keys in JSON',
         holds(SETTINGS, TEAM), holds(SETTINGS, UPSTREAM),
         release={SETTINGS: settings(FIRST='1', SECOND='2')},
         upstream={SETTINGS: settings(FIRST='1', SECOND='UPSTREAM')},
         team={SETTINGS: settings(FIRST='TEAM', SECOND='2')}),
    Case('edited here, made executable upstream',
         holds(SCRIPT, TEAM), is_executable(SCRIPT),
         release={SCRIPT: script()},
         upstream={SCRIPT: script(executable=True)},
         team={SCRIPT: script('echo TEAM')}),
    Case('made executable here, edited upstream',
         is_executable(SCRIPT), holds(SCRIPT, UPSTREAM),
         release={SCRIPT: script()},
         upstream={SCRIPT: script('echo UPSTREAM')},
         team={SCRIPT: script(executable=True)}),
    Case('made CRLF here, edited upstream',
         has_windows_line_ends(GUIDE), holds(GUIDE, UPSTREAM),
         release={GUIDE: guide()},
         upstream={GUIDE: guide({10: 'UPSTREAM line 10.'})},
         team={GUIDE: guide(end='\r\n')}),
    Case('the same change on both sides',
         holds(GUIDE, b'TEAM and'), holds(GUIDE, b'and UPSTREAM'),
         release={GUIDE: guide()},
         upstream={GUIDE: guide({10: 'TEAM and UPSTREAM agree.'})},
         team={GUIDE: guide({10: 'TEAM and UPSTREAM agree.'})}),
    Case('ignored file where upstream adds one',
         holds('notes/local.md', TEAM), holds('notes/local.md', UPSTREAM),
         release={GUIDE: guide()},
         upstream={'notes/local.md': text('UPSTREAM wrote this page.')},
         team={'.gitignore': text('notes/')},
         ignored={'notes/local.md': text('TEAM wrote this page.')}),
    Case('binary file changed on both sides',
         holds('docs/picture.png', TEAM), holds('docs/picture.png', UPSTREAM),
         release={'docs/picture.png': binary()},
         upstream={'docs/picture.png': binary(UPSTREAM)},
         team={'docs/picture.png': binary(TEAM)}),
    linked('replaced here by a link inside the repository', INSIDE),
    linked('replaced here by a link that leads outside', OUTSIDE),
    Case('conflict markers committed here',
         holds(GUIDE, MARKED.encode()), holds(GUIDE, UPSTREAM),
         release={GUIDE: guide()},
         upstream={GUIDE: guide({15: 'UPSTREAM line 15.'})},
         team={GUIDE: guide({5: MARKED})}),
]
