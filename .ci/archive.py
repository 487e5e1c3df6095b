"""archive.py PROCESSOR: packs the program that .ci/archive has built, the template and what belongs to them.

The same input makes the same bytes: an order, no owners, one time. Compression depends on zlib's version, so between
machines compare the program, not the archive.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

PROCESSOR = sys.argv[1]
TARGET = pathlib.Path("target/archive")
TIME = int(os.environ["SOURCE_DATE_EPOCH"])
NEWEST_GLIBC = 34  # Amazon Linux 2023 has 2.34
TEXT = re.compile("LICEN[CS]E|COPYING|COPYRIGHT|NOTICE", re.IGNORECASE)
# What else an operator needs, at the same paths as in a clone.
PAGES = ["CHANGELOG.md", *(f"docs/{name}.md" for name in ("clients", "deploy", "growing", "operations", "settings"))]
AS_THEY_ARE = ["LICENSE", "check-deployment", "clients.py", "docs/deploy-role.yaml", "operate.sh"]


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def changed(path, *changes):
    """A file of this project, with each pattern replaced, which has to be there exactly once."""
    text = pathlib.Path(path).read_text()
    for pattern, replacement in changes:
        text, times = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        if times != 1:
            sys.exit(f"archive: {path} has {pattern} {times} times, not once")
    return text.encode()


def page(path, packed):
    """A page without its comments, and with the text alone of each link to a file that is not packed."""

    def link(match):
        text, target = match[1], match[2]
        there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        return match[0] if not target or "://" in target or there in packed else text

    text = re.sub(r"<!--.*?-->\n*", "", pathlib.Path(path).read_text(), flags=re.DOTALL)
    return re.sub(r"\[([^\]]+)\]\(([^)#\s]*)(?:#[^)\s]*)?\)", link, text).encode()


def absent(files):
    """The paths of this project that a packed file names and that are not packed."""
    for path, content in files.items():
        if path.startswith("LICENSE") or path in ("CHANGELOG.md", "bootstrap.zip"):
            continue  # the changelog may name what only a clone has
        for name in re.findall(r"(?<![\w./:-])(?:\.\./)*([\w.-]+(?:/[\w.-]+)+/?|[\w-]+\.(?:md|py|rs|sh|toml|yaml|json))", content.decode()):
            name = posixpath.normpath(name)
            if pathlib.Path(name).exists() and not any(each == name or each.startswith(f"{name}/") for each in files):
                yield f"{path} names {name}"


def zipped(program):
    """What Lambda takes. SAM uploads a zip as it is, so its SHA-256 is the deployed function's CodeSha256; and a zip
    keeps the permission to execute, wherever it is unpacked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")  # of 1980, like everything here
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, program, zipfile.ZIP_DEFLATED, 9)
    return file.getvalue()


def licences(packages):
    """The texts that the licences of the crates in the program ask to be handed on."""
    tree = output("cargo", "tree", "--locked", "--edges=normal,no-proc-macro", "--prefix=none", "--format={p}")
    linked = {" ".join(line.split()[:2]) for line in tree.splitlines()}
    for package in sorted(packages, key=lambda package: (package["name"], package["version"])):
        name = f"{package['name']} v{package['version']}"
        if package["source"] is None or name not in linked:
            continue
        folder = pathlib.Path(package["manifest_path"]).parent
        # Also those of the C code that some have in folders of their own.
        texts = [path for path in folder.rglob("*") if TEXT.match(path.name) and path.is_file()]
        yield f"{'=' * 100}\n{name}: {package['license']}\n{package['repository']}\n"
        if not texts:
            yield "The crate comes without a text; its repository may have one.\n"
        for path in sorted(texts):
            yield f"\n{'-' * 30} {path.relative_to(folder)}\n\n{path.read_text(errors='replace').strip()}\n"
        yield "\n"


program = (TARGET / "build/lambda/dynamic-client-registration/bootstrap").read_bytes()
glibc = max(int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", program))
if glibc > NEWEST_GLIBC:
    sys.exit(f"archive: the program wants glibc 2.{glibc}, and Lambda has 2.{NEWEST_GLIBC}")

packages = json.loads(output("cargo", "metadata", "--locked", "--format-version=1"))["packages"]
version = next(package["version"] for package in packages if package["name"] == "dynamic-client-registration")
sysroot = pathlib.Path(output("rustc", "--print=sysroot").strip())
name = f"client-registration-{version}-{PROCESSOR}"
files = {
    **{path: pathlib.Path(path).read_bytes() for path in AS_THEY_ARE},
    "LICENSES-OF-CRATES.txt": "".join(licences(packages)).encode(),
    "LICENSES-OF-RUST.html": (sysroot / "share/doc/rust/COPYRIGHT-library.html").read_bytes(),
    "bootstrap.zip": zipped(program),
    "samconfig.toml": changed(
        "samconfig.toml",
        (r"^Architecture = .*$", f'Architecture = "{PROCESSOR}" # what this archive is for'),
        (r"^template_file = .*$", f'template_file = "../{name}/template.yaml" # what an upgrade changes'),
    ),
    "template.yaml": changed(
        "template.yaml",
        (r"^      CodeUri: \.$", "      CodeUri: bootstrap.zip"),
        # Settings that were made for the other processor are refused before anything changes.
        (r"^    Default: arm64\n    AllowedValues: \[arm64, x86_64\]$", f"    Default: {PROCESSOR}\n    AllowedValues: [{PROCESSOR}]"),
    ),
}
files |= {path: page(path, {*files, *PAGES}) for path in PAGES}
if broken := sorted(set(absent(files))):
    sys.exit("\n".join(["archive: these would not be there:", *broken]))

(TARGET / "bootstrap").write_bytes(program)
(TARGET / "bootstrap").chmod(0o755)
for old in TARGET.glob("client-registration-*/"):
    shutil.rmtree(old)
for old in TARGET.glob("client-registration-*"):
    old.unlink()
(TARGET / name).mkdir()
with (
    open(TARGET / f"{name}.tar.gz", "wb") as file,
    gzip.GzipFile("", "wb", 9, file, mtime=TIME) as unpacked,
    tarfile.open(fileobj=unpacked, mode="w", format=tarfile.USTAR_FORMAT) as archive,
):
    for path, content in sorted(files.items()):
        (TARGET / name / path).parent.mkdir(exist_ok=True)
        (TARGET / name / path).write_bytes(content)
        entry = tarfile.TarInfo(f"{name}/{path}")
        entry.size, entry.mtime, entry.mode = len(content), TIME, 0o644
        archive.addfile(entry, io.BytesIO(content))

for path in [TARGET / f"{name}.tar.gz", TARGET / name / "bootstrap.zip", TARGET / "bootstrap"]:
    print(hashlib.sha256(path.read_bytes()).hexdigest(), f"{path.stat().st_size:>9}", path)
