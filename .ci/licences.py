"""Prints the texts that the licences of the crates in the program ask to be handed on."""

import json
import pathlib
import re
import subprocess


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments, "--locked"], check=True, capture_output=True, text=True).stdout


tree = cargo("tree", "--edges=normal,no-proc-macro", "--prefix=none", "--format={p}")
linked = {" ".join(line.split()[:2]) for line in tree.splitlines()}
packages = json.loads(cargo("metadata", "--format-version=1"))["packages"]
for package in sorted(packages, key=lambda package: (package["name"], package["version"])):
    name = f"{package['name']} v{package['version']}"
    if package["source"] is None or name not in linked:
        continue
    print(f"{'=' * 100}\n{name}: {package['license']}\n{package['repository']}\n")
    folder = pathlib.Path(package["manifest_path"]).parent
    # Also those of the C code that some have in folders of their own.
    texts = sorted(path for path in folder.rglob("*") if re.match("(?i)LICEN[CS]E|COPYING|COPYRIGHT|NOTICE", path.name) and path.is_file())
    if not texts:
        print("The crate comes without a text; its repository may have one.\n")
    for path in texts:
        print(f"\n{'-' * 30} {path.relative_to(folder)}\n\n{path.read_text(errors='replace').strip()}")
    print()
