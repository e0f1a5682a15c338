"""The tools side by side: how each publishes a release of a template, starts a repository from it, and updates that.

A tool works in a folder of its own: `repo` is the team's repository, the rest is what the platform team has.
"""
import json, shutil
from pathlib import Path

import trees

# Where agentpkg's templates keep a fragment of the agent's settings.
SETTINGS = '.claude/settings.json'


class Tool:
    def __init__(self, place, program):
        self.place = place
        self.program = program

    def git(self, folder, *words):
        return self.place.must(['git', *words], folder)

    def commit(self, folder, message):
        self.git(folder, 'add', '--all')
        self.git(folder, 'commit', '--quiet', '--message', message)

    def start(self, folder, version, release):
        """Publishes the first release and commits what it brings to a new repository."""
        folder.mkdir(parents=True)
        self.publish(folder, version, release, {})
        self.instantiate(folder)
        self.commit(folder / 'repo', 'From the template')


class Agentpkg(Tool):
    name = 'agentpkg'
    bookkeeping = ('agentpkg.toml', 'agentpkg.lock', '.agentpkg/')

    def publish(self, folder, version, release, renames):
        template = folder / 'template'
        shutil.rmtree(template, ignore_errors=True)
        manifest = (f'[template]\nname = "measured"\nversion = "{version}"\n'
                    'description = "A template to measure with"\nlicense = "MIT"\n')
        if renames:
            manifest += '[renames]\n' + ''.join(f'"files/{old}" = "files/{new}"\n' for old, new in renames.items())
        template.mkdir()
        (template / 'template.toml').write_text(manifest)
        (template / 'README.md').write_text('# measured\n\nA template to measure with.\n')
        (template / 'CHANGELOG.md').write_text(f'# Changelog\n\n## [{version}]\n\n- This release.\n')
        trees.write(template, {self.source(path): entry for path, entry in release.items()})
        self.place.must([self.program, 'publish', template, '--registry', folder / 'registry'], folder)
        # The other tools run what a template brings without asking.
        config = Path(self.place.environment['HOME']) / '.config' / 'agentpkg' / 'config.toml'
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f'[registries.trusted]\nurl = "{folder / "registry"}"\ntrust = "all"\n')

    def source(self, path):
        return 'settings/claude.json' if path == SETTINGS else f'files/{path}'

    def instantiate(self, folder):
        self.git(folder, 'init', '--quiet', 'repo')
        self.place.must([self.program, 'install', 'measured', '--registry', folder / 'registry'], folder / 'repo')

    def update(self):
        return [self.program, 'upgrade']

    def settle(self):
        return [self.program, 'resolve', '--upstream', '--all']


class InGit(Tool):
    """A tool whose templates are git repositories, and whose releases are tags."""

    def publish(self, folder, version, release, renames):
        template = folder / 'template'
        if not template.exists():
            self.git(folder, 'init', '--quiet', 'template')
        for entry in template.iterdir():
            if entry.is_dir() and entry.name != '.git':
                shutil.rmtree(entry)
        self.configure(template)
        trees.write(template / self.contents, release)
        self.commit(template, f'Release {version}')
        self.git(template, 'tag', version)


class Copier(InGit):
    name = 'copier'
    bookkeeping = ('.copier-answers.yml',)
    contents = 'contents'

    def configure(self, template):
        # Only files that end in `.jinja` are rendered: the rest is copied.
        (template / 'copier.yml').write_text(f'_subdirectory: {self.contents}\n_preserve_symlinks: true\n')
        (template / self.contents).mkdir()
        (template / self.contents / '{{_copier_conf.answers_file}}.jinja').write_text(
            '{{ _copier_answers|to_nice_yaml -}}\n')

    def instantiate(self, folder):
        self.place.must([self.program, 'copy', '--defaults', '--quiet', folder / 'template', folder / 'repo'], folder)
        self.git(folder / 'repo', 'init', '--quiet')

    def update(self):
        return [self.program, 'update', '--defaults']


class CopierRejects(Copier):
    """copier with the other of its two ways to tell of a conflict."""
    name = 'copier, `--conflict rej`'

    def update(self):
        return [*super().update(), '--conflict', 'rej']


class Cruft(InGit):
    name = 'cruft'
    bookkeeping = ('.cruft.json',)
    contents = '{{cookiecutter.project}}'

    def configure(self, template):
        # Nothing is rendered: every path is copied.
        (template / 'cookiecutter.json').write_text(
            json.dumps({'project': 'repo', '_copy_without_render': ['*']}, indent=2) + '\n')

    def instantiate(self, folder):
        self.place.must([self.program, 'create', folder / 'template', '--no-input', '--output-dir', folder], folder)
        self.git(folder / 'repo', 'init', '--quiet')

    def update(self):
        return [self.program, 'update', '--skip-apply-ask']
