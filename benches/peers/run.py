#!/usr/bin/env -S python3 -B
"""agentpkg beside copier, cruft and git: what an update does to a team's edits, and what it costs.

    benches/peers/run.py target/dist/agentpkg [--cases] [--kills] [--speed]

Without an option, all. copier and cruft are installed with pip into target/peers. `docs/compared.md` shows a run.
"""
import subprocess, sys, tempfile
from pathlib import Path

import compare
import kills
import speed
from processes import Place
from tools import Agentpkg, Copier, CopierRejects, Cruft

PACKAGES = ['copier==9.19.1', 'cruft==2.16.0', 'cookiecutter==2.7.1']


def installed(packages):
    """Returns the folder of programs of a virtual environment with these packages."""
    folder = Path(__file__).resolve().parents[2] / 'target' / 'peers' / '_'.join(packages)
    programs = folder / 'bin'
    if not (folder / 'complete').exists():
        subprocess.run([sys.executable, '-m', 'venv', '--clear', folder], check=True)
        subprocess.run([programs / 'pip', 'install', '--quiet', *packages], check=True)
        (folder / 'complete').touch()
    return programs


def main():
    arguments = sys.argv[1:]
    if not arguments or not set(arguments[1:]) <= {'--cases', '--kills', '--speed'}:
        raise SystemExit(__doc__)
    wanted = arguments[1:] or ['--cases', '--kills', '--speed']
    program = Path(arguments[0]).resolve()
    programs = installed(PACKAGES)
    with tempfile.TemporaryDirectory(prefix='peers-') as folder:
        place = Place(folder)
        agentpkg, cruft = Agentpkg(place, program), Cruft(place, programs / 'cruft')
        copier, rejects = (kind(place, programs / 'copier') for kind in (Copier, CopierRejects))
        version = place.must([program, '--version'], folder)
        print(', '.join([version, *(package.replace('==', ' ') for package in PACKAGES),
                         place.must(['git', '--version'], folder).replace('version ', '')]), end='\n\n')
        if '--cases' in wanted:
            compare.cases(place, [agentpkg, copier, rejects, cruft])
        if '--kills' in wanted:
            kills.run(place, [agentpkg, copier, rejects, cruft])
        if '--speed' in wanted:
            speed.run(place, [agentpkg, copier, cruft])


if __name__ == '__main__':
    main()
