"""What an update costs: whole processes, all contestants one after the other, again and again, in one run."""
import statistics

import trees
from project import EDITED, duplicate, prepare
from tools import Tool

# How many files, and how many rounds of them. An archive of agentpkg holds no more than 5,000 entries, and some are
# the template's own.
SIZES = {50: 21, 500: 9, 4_990: 5}


class Git(Tool):
    """The least that can be done: the same three trees, in git already, merged by git, written out and synced."""
    name = 'git'

    def publish(self, folder, version, release, renames):
        """The first release is what the repository starts with; the next one is a branch off it."""
        repo = folder / 'repo'
        if not repo.exists():
            self.git(folder, 'init', '--quiet', 'repo')
            trees.write(repo, release)
            return
        self.git(repo, 'checkout', '--quiet', '-b', 'upstream', 'main~1')
        trees.write(repo, release)
        self.commit(repo, f'Release {version}')
        self.git(repo, 'checkout', '--quiet', 'main')

    def instantiate(self, folder):
        """The repository is there already."""

    def update(self):
        # Of read-tree, checkout, checkout-index and archive none is faster than read-tree, which writes what differs.
        return ['sh', '-c', 'git read-tree -m -u HEAD '
                '"$(git merge-tree --write-tree --merge-base=main~1 main upstream)" && sync -f .']


def run(place, tools):
    git = Git(place, 'git')
    side_by_side(place, [git, *tools])
    growth(place, [git, tools[0]])


def side_by_side(place, tools):
    print(f'\nUpgrading 50 files, {50 // EDITED} of them edited here: medians of {SIZES[50]} rounds\n')
    print('| command | wall | CPU | wall / git | CPU / git |\n|---|--:|--:|--:|--:|')
    costs = rounds(place, tools, 50)
    for tool in tools:
        print(f'| {told(tool)} | {times(costs, tool)} | {ratios(costs, tool)} |', flush=True)


def growth(place, tools):
    print('\nHow it grows; the peak is of the largest process\n')
    print('| files | edited | command | wall | CPU | peak | wall / git | CPU / git |')
    print('|--:|--:|---|--:|--:|--:|--:|--:|')
    for count in SIZES:
        costs = rounds(place, tools, count)
        for tool in tools:
            print(f'| {count:,} | {count // EDITED:,} | {told(tool)} | {times(costs, tool)} '
                  f'| {peak(place, tool, count) / 1e6:.1f} MB | {ratios(costs, tool)} |', flush=True)


def rounds(place, tools, count):
    """Returns what each round cost, by tool."""
    costs = {tool.name: [] for tool in tools}
    for tool in tools:
        if not prepared(place, tool, count).exists():
            prepare(tool, prepared(place, tool, count), count)
    # The first round warms the caches, of the machine and of the tools, and doesn't count.
    for number in range(SIZES[count] + 1):
        for tool in tools:
            copy = fresh(place, tool, count)
            cost = place.measure(tool.update(), copy)
            if number == 0:
                verify(tool, copy, count)
            else:
                costs[tool.name].append(cost)
    return costs


def times(costs, tool):
    return ' | '.join(f'{statistics.median(column) * 1e3:,.1f} ms' for column in zip(*costs[tool.name]))


def ratios(costs, tool):
    """Returns the median ratios to git in the same round: a machine that is busy for a while is so for both."""
    pairs = zip(costs[tool.name], costs['git'])
    return ' | '.join(f'{statistics.median(column):.2f}'
                      for column in zip(*((cost.wall / git.wall, cost.cpu / git.cpu) for cost, git in pairs)))


def peak(place, tool, count):
    return place.peak(tool.update(), fresh(place, tool, count))


def prepared(place, tool, count):
    return place.folder / f'{tool.name}-{count}'


def fresh(place, tool, count):
    copy = place.folder / 'copy'
    duplicate(tool, prepared(place, tool, count), copy)
    return copy / 'repo'


def verify(tool, repo, count):
    """Fails unless every edit of both sides is there: what does less than it should isn't fast."""
    pages = [entry.data for path, entry in trees.read(repo).items() if path.startswith('docs/')]
    upstream, team = (sum(word in page for page in pages) for word in (b'UPSTREAM', b'TEAM'))
    if (upstream, team) != (count, count // EDITED):
        raise SystemExit(f'{tool.name} left {upstream} edits of upstream and {team} of the team')


def told(tool):
    return 'git merge-tree, read-tree, sync -f' if tool.name == 'git' else f'{tool.name} {tool.update()[1]}'
