"""What keeps a version from being released is said before anything is tagged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import release

FILES = (
    "pyproject.toml",
    "packages/salus-verify/pyproject.toml",
    "packages/interfaces/package.json",
    "src/salus/__init__.py",
    "CHANGELOG.md",
    "README.md",
    "SECURITY.md",
    "docs/vault.md",
)


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """What is looked at, as it would be when it is released."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    dated = f"## {release.version(root)} — 2027-01-31\n"
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{dated}")
    (tmp_path / "tests" / "vectors" / "written" / release.version(root)).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def change(copy: Path) -> Callable[[str, str, str], None]:
    def replace(name: str, old: str, new: str) -> None:
        text = (copy / name).read_text()
        assert old in text
        (copy / name).write_text(text.replace(old, new))

    return replace


def test_nothing_is_lacking_where_all_versions_agree_and_the_changelog_is_dated(copy: Path) -> None:
    assert list(release.lacks(copy)) == []


def test_a_release_without_what_it_wrote_is_refused(copy: Path) -> None:
    (copy / "tests" / "vectors" / "written" / release.version(copy)).rmdir()
    [lacking] = release.lacks(copy)
    assert "run python -m tests.vectors.written.make" in lacking


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("packages/salus-verify/pyproject.toml", '"0.1.0"', '"0.0.9"', "salus-verify is of"),
        ("packages/interfaces/package.json", '"0.1.0"', '"0.2.0"', "@salus/interfaces is of"),
        ("pyproject.toml", "salus-verify==", "salus-verify>=", "does not depend on"),
        ("src/salus/__init__.py", '"0.1.0"', '"0.1.1"', "__version__"),
        ("CHANGELOG.md", "2027-01-31", "unreleased", "CHANGELOG.md"),
        ("SECURITY.md", "## What counts", "Nothing is released yet.", "SECURITY.md says"),
    ],
)
def test_what_is_lacking_is_named(
    copy: Path, change: Callable[[str, str, str], None], name: str, old: str, new: str, said: str
) -> None:
    change(name, old, new)
    [lacking] = release.lacks(copy)
    assert said in lacking
