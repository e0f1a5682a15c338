#!/usr/bin/env python3
"""`agentpkg merge-file` beside `git merge-file`: whole processes, one after the other in one run.

    benches/merge_file.py target/dist/agentpkg [CASES_FOLDER] [--runs N]

A large file of 100,000 lines with 1,000 scattered edits on each side, and a JSON document with 1,000 values side by side
that both changed; then, where a folder of cases is named ({base,ours,theirs,meta.json} in each), every case of it, with
the ratios of the slowest. Ratios are what counts, case by case: the machine is noisy, and medians of sums hide the tail.
"""
import json, os, random, shutil, statistics, subprocess, sys, tempfile, time

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
    """Returns the median time of some interleaved runs of each case, by tool."""
    medians = {'git': [], 'agentpkg': []}
    for case in cases:
        times = {tool: [] for tool in medians}
        for _ in range(runs):
            for tool in medians:
                times[tool].append(took(command(tool, agentpkg, *case)))
        for tool in medians:
            medians[tool].append(statistics.median(times[tool]))
    return medians


def show(label, medians):
    git, ours = medians['git'][0] * 1000, medians['agentpkg'][0] * 1000
    print(f'{label:36}git {git:8.2f} ms   agentpkg {ours:8.2f} ms   ratio {ours / git:5.2f}')


def show_all(cases, medians):
    """Shows how the ratios of the cases are spread, and the slowest of them."""
    ratios = sorted(zip((ours / git for git, ours in zip(medians['git'], medians['agentpkg'])), cases), reverse=True)
    for name, part in (('worst', 0), ('95%', 0.05), ('median', 0.5)):
        print(f'{len(cases)} cases, {name:23}ratio {ratios[int(len(ratios) * part)][0]:5.2f}')
    for ratio, (path, ours, _, _) in ratios[:5]:
        print(f'  {ratio:5.2f}  {os.path.basename(os.path.dirname(ours))}  {path}')


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


def clashes(folder):
    names = []
    for name, value in (('base', 0), ('ours', 1), ('theirs', 2)):
        document = {f'key_{number}': f'value {number} of {value}' for number in range(1_000)}
        names.append(os.path.join(folder, f'clashes_{name}'))
        with open(names[-1], 'w') as file:
            json.dump(document, file, indent=2)
    base, ours, theirs = names
    return ('settings.json', ours, base, theirs)


def main():
    arguments = sys.argv[1:]
    runs = RUNS
    if '--runs' in arguments:
        at = arguments.index('--runs')
        runs = int(arguments[at + 1])
        del arguments[at:at + 2]
    agentpkg = os.path.abspath(arguments[0])
    with tempfile.TemporaryDirectory() as folder:
        # A program that is installed is a copy: what a linker wrote, piece by piece, is read into memory in other pages.
        agentpkg = shutil.copy(agentpkg, os.path.join(folder, 'agentpkg'))
        show('100,000 lines, 2 x 1,000 edits', compare(agentpkg, [large(folder)], max(runs, 11)))
        show('1,000 clashes of JSON', compare(agentpkg, [clashes(folder)], runs))
        if len(arguments) > 1:
            cases = []
            for root, _, files in sorted(os.walk(arguments[1])):
                if 'meta.json' in files:
                    with open(os.path.join(root, 'meta.json')) as file:
                        path = json.load(file)['path']
                    cases.append((path, *(os.path.join(root, name) for name in ('ours', 'base', 'theirs'))))
            show_all(cases, compare(agentpkg, cases, runs))


if __name__ == '__main__':
    main()
