"""Shells for the tests of this folder."""

from __future__ import annotations

from shells import cli, governor, place, shell

__all__ = ["cli", "governor", "place", "shell"]
