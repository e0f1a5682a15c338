"""Trees of files as values: what a release brings, and what a repository holds."""
import os
from pathlib import Path
from typing import NamedTuple


class File(NamedTuple):
    data: bytes
    executable: bool = False


class Link(NamedTuple):
    target: str


def text(*lines, end='\n'):
    """Returns a file of these lines."""
    return File(''.join(line + end for line in lines).encode())


def changed(tree, changes):
    """Returns the tree with the changes made: an entry replaces what is there, None deletes it."""
    return {path: entry for path, entry in {**tree, **changes}.items() if entry is not None}


def write(folder, changes):
    """Makes the changes in a folder. Paths that aren't named stay as they are."""
    for path, entry in changes.items():
        place = Path(folder, path)
        if place.is_symlink() or place.exists():
            place.unlink()
        if entry is None:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(entry, Link):
            place.symlink_to(entry.target)
        else:
            place.write_bytes(entry.data)
            place.chmod(0o755 if entry.executable else 0o644)


def read(folder):
    """Returns all that a folder holds, but for git's own folder. Links are read as links."""
    tree = {}
    for root, folders, names in os.walk(folder):
        if Path(root) == Path(folder) and '.git' in folders:
            folders.remove('.git')
        # A link to a folder is an entry like any other.
        for name in names + [name for name in folders if Path(root, name).is_symlink()]:
            place = Path(root, name)
            path = place.relative_to(folder).as_posix()
            if place.is_symlink():
                tree[path] = Link(os.readlink(place))
            else:
                tree[path] = File(place.read_bytes(), bool(place.stat().st_mode & 0o100))
    return tree
