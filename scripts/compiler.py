"""Run solc 0.8.37, native where it can be had, else the project's launcher over npm's solc.

Both are official builds of one version and give the same bytecode. What was compiled once is kept
under cache/solc by the digest of its input, so that nothing is compiled twice.

Example:
    >>> from compiler import VERSION
    >>> VERSION
    '0.8.37'
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import solcx

VERSION = "0.8.37"
FULL_VERSION = "0.8.37+commit.f401782d"

ROOT = Path(__file__).resolve().parent.parent
LAUNCHERS = ROOT / ".solc"
CACHE = ROOT / "cache" / "solc"

DOWNLOAD_SECONDS = 60
RETRY_DOWNLOAD_AFTER_SECONDS = 24 * 3600
_INSTALL = f"import solcx; solcx.install_solc({VERSION!r})"


class CompilerMissing(Exception):
    """No solc 0.8.37 can be had on this machine; the message says what to do."""


def compile_standard(standard_input: dict[str, Any]) -> dict[str, Any]:
    """Compile a standard-JSON input.

    Args:
        standard_input: Solidity compiler input, all sources inline.

    Returns:
        The compiler's output, errors and warnings included.

    Raises:
        CompilerMissing: Neither the native compiler nor npm's is here.
    """
    text = json.dumps(standard_input, sort_keys=True)
    kept = CACHE / f"{hashlib.sha256((FULL_VERSION + text).encode()).hexdigest()}.json"
    if kept.exists():
        output: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return output
    output = _run(find_compiler(), text)
    CACHE.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(output), encoding="utf-8")
    partial.replace(kept)
    return output


def find_compiler() -> Path:
    """Find solc 0.8.37: a given folder, the native one, the launcher; in that order.

    Returns:
        Path of an executable that serves `--version` and `--standard-json`.

    Raises:
        CompilerMissing: None of them is here.
    """
    given = os.environ.get("SOLCX_BINARY_PATH")
    folders = [Path(given)] if given else [Path.home() / ".solcx"]
    if not given and not (folders[0] / f"solc-v{VERSION}").exists():
        _install_native()
    for folder in [*folders, LAUNCHERS]:
        found = folder / f"solc-v{VERSION}"
        if found.exists() and _serves(found):
            return found
    raise CompilerMissing(
        f"no solc {VERSION} on this machine: its download failed and npm's is not installed.\n"
        "Run `make setup` (needs Node 20 or newer), or install the native compiler where the "
        f'network allows it:\n    python -c "{_INSTALL}"'
    )


def _install_native() -> None:
    """Let py-solc-x download the compiler; give up soon, and do not ask again for a day."""
    refused = CACHE / "native-download-failed"
    if refused.exists() and time.time() - refused.stat().st_mtime < RETRY_DOWNLOAD_AFTER_SECONDS:
        return
    print(f"compile: asking py-solc-x for the native solc {VERSION}", file=sys.stderr)
    try:
        subprocess.run(
            [sys.executable, "-c", _INSTALL],
            check=True,
            timeout=DOWNLOAD_SECONDS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        print("compile: it cannot be downloaded here; npm's solc serves instead", file=sys.stderr)
        CACHE.mkdir(parents=True, exist_ok=True)
        refused.touch()


def _serves(executable: Path) -> bool:
    try:
        answer = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and FULL_VERSION in answer.stdout


def _run(executable: Path, standard_input: str) -> dict[str, Any]:
    output: dict[str, Any] = solcx.compile_standard(
        json.loads(standard_input), solc_binary=executable, allow_empty=True
    )
    return output
