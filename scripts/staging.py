"""Lay the contracts and their tests out in a folder of their own, for long runs beside other work.

Example:
    $ python -c 'import staging; staging.lay_out(staging.ROOT / "cache" / "trial")'
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from compiler import ROOT

FORGE = ROOT / "scripts" / "bin" / "forge"
"""forge itself: npm's launcher ends with 0 whatever forge says."""

STAGED = (
    "contracts",
    "tests",
    "src/salus/contracts/artifacts",
    ".solc",
    "foundry.toml",
    "remappings.txt",
)


def lay_out(
    folder: Path, stand_ins: Mapping[str, str] | None = None, *, origin: Path = ROOT
) -> None:
    """Copy the project anew; what was compiled there before stays.

    Args:
        folder: Where to.
        stand_ins: Files of the project that take the place of others, by path.
        origin: What is copied: the project, or a folder laid out before.
    """
    for name in STAGED:
        source, target = origin / name, folder / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for source_name, target_name in (stand_ins or {}).items():
        shutil.copy2(ROOT / source_name, folder / target_name)
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(ROOT / "node_modules", target_is_directory=True)


def environment(profile: str, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Say what forge shall find in its environment: nothing of Foundry's but what is given.

    Args:
        profile: Of foundry.toml.
        settings: More variables.

    Returns:
        The environment, with our forge first on the path.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FOUNDRY_")}
    path = f"{FORGE.parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "FOUNDRY_PROFILE": profile, "PATH": path, **(settings or {})}
