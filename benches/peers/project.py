"""A project of many pages: what speed and kills are measured with."""
import random, shutil

import trees

WORDS = 'agent branch change check commit hook merge page release review rule script section team template test'.split()
# The team edited one page in five; upstream edits every page, at another place.
EDITED = 5


def page(number, changes={}):
    """Returns a page of a hundred lines, about five kilobytes, with some lines changed."""
    chance = random.Random(number)
    rows = {line: ' '.join(chance.choices(WORDS, k=8)) for line in range(100)}
    return trees.text(*{**rows, **changes}.values())


def pages(count, changes={}, every=1):
    return {f'docs/{number % 10}/page-{number}.md': page(number, changes) for number in range(0, count, every)}


def prepare(tool, folder, count):
    """A repository at the first release, with edits of the team committed, and the next release published."""
    tool.start(folder, '1.0.0', pages(count))
    trees.write(folder / 'repo', pages(count, {60: 'A line of the TEAM.'}, EDITED))
    tool.commit(folder / 'repo', 'Our edits')
    tool.publish(folder, '1.1.0', pages(count, {30: 'A line of UPSTREAM.'}), {})


def duplicate(tool, folder, copy):
    """Copies a prepared repository. The template stays where it is: repositories name it by its absolute path."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / 'repo', copy / 'repo', symlinks=True)
    # Copies have other inodes. Git would compare every file once more, at the cost of whoever asks first.
    tool.git(copy / 'repo', 'update-index', '--refresh')
