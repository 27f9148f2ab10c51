"""For programs that PyInstaller freezes: it finds this folder by an entry point."""

from __future__ import annotations

from pathlib import Path


def hook_dirs() -> list[str]:
    """Where ``hook-salus.py`` lies."""
    return [str(Path(__file__).parent)]
