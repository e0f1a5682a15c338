"""What an update did, found out by looking at the tree: what a tool says about itself counts for nothing, but for one
thing: a change that it leaves out is lost only if it doesn't name it either.
"""
import json, shutil, tomllib
from typing import NamedTuple

import trees
from cases import BYSTANDER, TEAM, UPSTREAM


class State(NamedTuple):
    tree: dict
    # What git's index holds of each version of the paths that it calls unmerged.
    unmerged: dict
    # What would be there if the conflicts that agentpkg.lock records were settled for upstream.
    settled: dict


def look(tool, folder):
    repo = folder / 'repo'
    tree = trees.read(repo)
    for path, entry in trees.read(folder / 'outside').items():
        tree[f'../outside/{path}'] = entry
    unmerged = {}
    # Read without a lock: to look must not change anything.
    for line in tool.git(repo, '--no-optional-locks', 'ls-files', '--unmerged').splitlines():
        fields, path = line.split('\t')
        unmerged.setdefault(path, []).append(tool.git(repo, 'cat-file', 'blob', fields.split()[1]).encode())
    return State(tree, unmerged, settled(tool, folder, tree))


def settled(tool, folder, tree):
    """Settles recorded conflicts in a copy: a lock that names upstream's side by its digest alone may still have it."""
    conflicts = recorded(tree)
    if not conflicts:
        return {}
    copy = folder / 'settled'
    shutil.copytree(folder / 'repo', copy, symlinks=True)
    # Whoever wants upstream's file where a link is has to move the link away, as `resolve` says.
    trees.write(copy, {path: None for path in conflicts if isinstance(tree.get(path), trees.Link)})
    tool.place.run(tool.settle(), copy)
    return trees.read(copy)


def judge(case, before, after, done):
    """Returns what happened, in words."""
    if after == before:
        return f'refused, nothing changed (exit {done.exit})'
    broken = [path for path, entry in after.tree.items() if is_broken(path, entry)]
    verdict = words(case, before, after, done)
    if broken:
        verdict = f'**broken file**: `{broken[0]}` doesn\'t parse; ' + verdict
    if UPSTREAM not in after.tree[BYSTANDER].data:
        verdict += '; **the rest of the release lost too**'
    return verdict


def words(case, before, after, done):
    team, upstream = case.has_team(after.tree), case.has_upstream(after.tree)
    ending = f' (exit {done.exit})'
    forms = conflicts(before, after)
    if forms:
        lost = [side for side, word in (('the local edit', TEAM), ('upstream\'s edit', UPSTREAM))
                if is_lost(word, after, case)]
        kept = f'**{" and ".join(lost)} lost**' if lost else 'kept both'
        return f'conflict, {kept}: {", ".join(forms)}{ending}'
    if team and upstream:
        return 'merged' + (ending if done.exit else '')
    if team:
        named = any(path in done.output for path in case.upstream)
        return ('local edit kept, upstream\'s left out and named' if named else '**upstream\'s edit lost**') + ending
    if upstream:
        return '**local edit lost**' + ending
    return '**both edits lost**' + ending


def is_broken(path, entry):
    if not path.endswith('.json') or not isinstance(entry, trees.File):
        return False
    try:
        json.loads(entry.data)
    except ValueError:
        return True
    return False


def conflicts(before, after):
    """Returns where a conflict can be seen, if there is one."""
    forms = []
    if any(markers(entry) > markers(before.tree.get(path)) for path, entry in visible(after.tree).items()):
        forms.append('markers')
    if any(path.endswith('.rej') for path in after.tree):
        forms.append('`.rej`')
    if after.unmerged:
        forms.append('git\'s index')
    if recorded(after.tree):
        forms.append('`agentpkg.lock`')
    return forms


def visible(tree):
    """Returns what a person sees of a tree. agentpkg keeps what it replaced for `undo`: that tells of no conflict."""
    return {path: entry for path, entry in tree.items() if not path.startswith('.agentpkg/')}


def markers(entry):
    return (b'\n' + entry.data).count(b'\n<<<<<<<') if isinstance(entry, trees.File) else 0


def recorded(tree):
    lock = tree.get('agentpkg.lock')
    return tomllib.loads(lock.data.decode()).get('conflicts', {}) if lock else {}


def is_lost(word, after, case):
    """Returns whether what a side wrote is nowhere any more: not in the files, nor in what tells of the conflict."""
    changes = case.upstream if word == UPSTREAM else {**case.team, **case.ignored}
    if not any(isinstance(entry, trees.File) and word in entry.data for entry in changes.values()):
        return False
    seen = [*visible(after.tree).items(), *visible(after.settled).items()]
    places = [entry.data for path, entry in seen if isinstance(entry, trees.File) and path != BYSTANDER]
    places += [blob for blobs in after.unmerged.values() for blob in blobs]
    return not any(word in place for place in places)
