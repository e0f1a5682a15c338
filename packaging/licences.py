#!/usr/bin/env python3
"""Prints the licences of everything that is part of the program: its own, and those of its crates.

    packaging/licences.py TARGET > LICENSES.md

A crate's own licence files are printed where its package has any, each text once, with the crates it is for.
"""
import json
import pathlib
import subprocess
import sys


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments, "--locked"], check=True, capture_output=True, text=True).stdout


def linked(target):
    """Returns the names and versions of the crates that become part of the program."""
    tree = cargo("tree", "--target", target, "--edges", "normal", "--prefix", "none", "--format", "{p}")
    return {tuple(line.split()[:2]) for line in tree.splitlines()}


def texts(folder):
    """Returns what a package's licence files say."""
    beginnings = ("license", "licence", "copying", "notice", "unlicense")
    files = [file for file in folder.iterdir() if file.is_file() and file.name.lower().startswith(beginnings)]
    return [file.read_text(errors="replace").strip() for file in sorted(files)]


def main():
    wanted = linked(sys.argv[1])
    packages = json.loads(cargo("metadata", "--format-version", "1", "--filter-platform", sys.argv[1]))["packages"]
    crates, says = [], {}
    for package in sorted(packages, key=lambda package: (package["name"], package["version"])):
        if (package["name"], "v" + package["version"]) not in wanted:
            continue
        crates.append(f"- {package['name']} {package['version']}: {package['license'] or 'see below'}")
        for text in texts(pathlib.Path(package["manifest_path"]).parent):
            says.setdefault(text, []).append(f"{package['name']} {package['version']}")
    print("# Licences\n\nThe program is made of these packages.\n")
    print("\n".join(crates))
    for text, owners in says.items():
        print(f"\n## {', '.join(owners)}\n\n```\n{text}\n```")


main()
