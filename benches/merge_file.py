#!/usr/bin/env python3
"""`agentpkg merge-file` beside `git merge-file`: whole processes, one after the other in one run.

    benches/merge_file.py target/dist/agentpkg [CASES_FOLDER] [--runs N]

A large file of 100,000 lines with 1,000 scattered edits on each side; then, where a folder of cases is named
({base,ours,theirs,meta.json} in each), every case of it. Ratios are what counts: the machine is noisy.
"""
import json, os, random, statistics, subprocess, sys, tempfile, time

RUNS = 5


def command(tool, agentpkg, path, ours, base, theirs):
    if tool == 'git':
        return ['git', 'merge-file', '-p', '-q', ours, base, theirs]
    return [agentpkg, 'merge-file', '-p', '--path', path, ours, base, theirs]


def took(argv):
    start = time.perf_counter()
    subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(agentpkg, cases, runs):
    """Returns the fastest of some interleaved runs of each case, by tool: the least disturbed one."""
    best = {'git': [], 'agentpkg': []}
    for case in cases:
        times = {tool: [] for tool in best}
        for _ in range(runs):
            for tool in best:
                times[tool].append(took(command(tool, agentpkg, *case)))
        for tool in best:
            best[tool].append(statistics.median(times[tool]))
    return best


def show(label, best):
    def at(tool, part):
        ordered = sorted(best[tool])
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000

    for name, part in (('median', 0.5), ('95%', 0.95)):
        git, ours = at('git', part), at('agentpkg', part)
        print(f'{label:28}{name:8}git {git:8.2f} ms   agentpkg {ours:8.2f} ms   ratio {ours / git:5.2f}')


def large(folder):
    random.seed(7)
    base = [f'{number}: {" ".join(random.choices("alpha beta gamma delta epsilon zeta eta theta".split(), k=6))}\n'
            for number in range(100_000)]
    places = random.sample(range(0, 100_000, 4), 2_000)
    for name, mine in (('base', []), ('ours', places[:1_000]), ('theirs', places[1_000:])):
        lines = list(base)
        for place in mine:
            lines[place] = random.choice(('', f'{name} {lines[place]}', lines[place] + f'{name} added {place}\n'))
        with open(os.path.join(folder, name), 'w') as file:
            file.write(''.join(lines))
    return ('notes.txt', *(os.path.join(folder, name) for name in ('ours', 'base', 'theirs')))


def main():
    arguments = sys.argv[1:]
    runs = RUNS
    if '--runs' in arguments:
        at = arguments.index('--runs')
        runs = int(arguments[at + 1])
        del arguments[at:at + 2]
    agentpkg = os.path.abspath(arguments[0])
    with tempfile.TemporaryDirectory() as folder:
        show('100,000 lines, 2 x 1,000', compare(agentpkg, [large(folder)], max(runs, 11)))
    if len(arguments) > 1:
        cases = []
        for root, _, files in sorted(os.walk(arguments[1])):
            if 'meta.json' in files:
                with open(os.path.join(root, 'meta.json')) as file:
                    path = json.load(file)['path']
                cases.append((path, *(os.path.join(root, name) for name in ('ours', 'base', 'theirs'))))
        show(f'{len(cases)} cases', compare(agentpkg, cases, runs))


if __name__ == '__main__':
    main()
