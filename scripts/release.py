"""Build what is released, and say what keeps it from being released; with `--tag` set the tag.

Nothing is uploaded or pushed: whoever may do so uploads dist/ and pushes the tag.

Example:
    $ python scripts/release.py
    $ python scripts/release.py --tag
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import interfaces

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PACKAGES = (ROOT, ROOT / "packages" / "salus-verify")
IN_WHEELS = {
    "salus": ("salus/py.typed", "salus/contracts/artifacts/AnchorRegistry.json"),
    "salus_verify": ("salus_verify/py.typed", "salus_verify/anchor_registry.py"),
}


def version(root: Path = ROOT) -> str:
    """The version that is being released."""
    return str(_project(root)["version"])


def lacks(root: Path = ROOT) -> Iterator[str]:
    """Say what the files of the repository keep from being released, one line each."""
    wanted, verifier = version(root), root / "packages" / "salus-verify"
    if version(verifier) != wanted:
        yield f"salus-verify is of version {version(verifier)}, and salus of {wanted}"
    if f"salus-verify=={wanted}" not in str(_project(root)["dependencies"]):
        yield f"salus does not depend on salus-verify=={wanted}"
    if (npm := _npm_version(root)) != wanted:
        yield f"@salus/interfaces is of version {npm}, and salus of {wanted}"
    init = (root / "src" / "salus" / "__init__.py").read_text(encoding="utf-8")
    if f'__version__ = "{wanted}"' not in init:
        yield f"salus.__version__ is not {wanted}"
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(wanted)} — \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no line `## {wanted} — YYYY-MM-DD`"
    for page in ("README.md", "SECURITY.md", "docs/vault.md"):
        if "released yet" in (root / page).read_text(encoding="utf-8"):
            yield f"{page} says that nothing is released yet"
    if not (root / "tests" / "vectors" / "written" / wanted).is_dir():
        yield f"nothing is kept that {wanted} wrote: run python -m tests.vectors.written.make"


def lacks_in_git(tag: str) -> Iterator[str]:
    """Say what keeps this commit from being tagged, one line each."""
    if _git("status", "--porcelain"):
        yield "the working tree differs from the commit"
    if _git("tag", "--list", tag):
        yield f"the tag {tag} is there already"


def build() -> list[Path]:
    """Build a wheel and an sdist of each package, and the npm package of the interfaces.

    Returns:
        The files, wheels that hold what they must.
    """
    shutil.rmtree(DIST, ignore_errors=True)
    for package in PACKAGES:
        command = [sys.executable, "-m", "hatchling", "build", "-d", str(DIST)]
        subprocess.run(command, cwd=package, check=True, stdout=subprocess.DEVNULL)
    interfaces.pack(DIST)
    files = sorted(DIST.iterdir())
    for wheel in (each for each in files if each.suffix == ".whl"):
        held = set(zipfile.ZipFile(wheel).namelist())
        missing = set(IN_WHEELS[wheel.name.split("-")[0]]) - held
        if missing:
            raise SystemExit(f"release: {wheel.name} lacks {', '.join(sorted(missing))}")
    return files


def main(arguments: list[str]) -> int:
    """Build, check and, where nothing is lacking and it is asked for, tag.

    Args:
        arguments: `--tag` or nothing.

    Returns:
        Exit code: 1 where a tag was asked for and something is lacking.
    """
    tag = f"v{version()}"
    for file in build():
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes")
    lacking = [*lacks(), *lacks_in_git(tag)]
    for line in lacking:
        print(f"lacking: {line}")
    if arguments != ["--tag"]:
        print(f"nothing was tagged: `make release TAG=1` sets {tag} once nothing is lacking")
        return 0
    if lacking:
        return 1
    _git("tag", "--annotate", tag, "--message", f"Salus {version()}")
    print(f"tagged {tag}: upload dist/*, then push the tag")
    return 0


def _project(root: Path) -> dict[str, object]:
    found = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(found["project"])


def _npm_version(root: Path) -> str:
    package = root / "packages" / "interfaces" / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"])


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
