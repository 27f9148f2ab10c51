"""What decides an outcome of the mutation test, and its digest: when it differs, try again.

Example:
    >>> from mutation.grounds import pattern
    >>> pattern(("anchor", "merkle"))
    'tests/contracts/{anchor,merkle}/*'
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from compile import gather_sources

MANY_RUNS = {"FOUNDRY_FUZZ_RUNS": "256", "FOUNDRY_INVARIANT_RUNS": "32"}
"""Settings of a survivor's second trial: as many runs as `make test` has."""

FOLDERS = {
    "contracts/accreditation/AccreditationRegistry.sol": ("accreditation",),
    "contracts/accreditation/Role.sol": ("accreditation", "consent", "drug"),
    "contracts/anchor/AnchorRegistry.sol": ("anchor",),
    "contracts/consent/BreakGlass.sol": ("consent",),
    "contracts/consent/ConsentRegistry.sol": ("consent",),
    "contracts/consent/Deadlines.sol": ("consent",),
    "contracts/identity/Control.sol": ("identity",),
    "contracts/identity/Guardians.sol": ("identity",),
    "contracts/identity/IdentityControl.sol": ("identity",),
    "contracts/identity/IdentityDigests.sol": ("identity", "signatures"),
    "contracts/identity/IdentityRegistry.sol": ("identity",),
    "contracts/identity/Recoveries.sol": ("identity",),
    "contracts/shared/IdentityLaw.sol": ("accreditation", "anchor", "consent"),
    "contracts/shared/MerkleTree.sol": ("anchor", "merkle"),
    "contracts/shared/SignedActs.sol": ("anchor", "consent", "identity"),
    "contracts/shared/Signers.sol": ("identity", "signatures"),
}
"""Where the tests of a file stand, below tests/contracts; of all others, in its own folder."""

_DATA = re.compile(r'"/?((?:tests|src)/[\w./-]+)"')


def folders(unit: str) -> tuple[str, ...]:
    """Name the folders whose tests are run for a contract's file.

    Args:
        unit: The file's path.

    Returns:
        Names below tests/contracts.
    """
    return FOLDERS.get(unit, (Path(unit).parent.name,))


def pattern(names: Iterable[str]) -> str:
    """Write folders as forge wants them.

    Args:
        names: Below tests/contracts.

    Returns:
        One pattern of paths.
    """
    return f"tests/contracts/{{{','.join(names)}}}/*"


def digest(root: Path, unit: str) -> str:
    """Tell one state of what decides about a file's faults from another.

    Args:
        root: Where contracts and tests are laid out.
        unit: The file that faults are put in, by path.

    Returns:
        Sixteen hex digits over the file, the tests run for it, all that these import (contracts,
        helpers, mocks, libraries), the data that they name, and Foundry's settings.

    Raises:
        CompilationFailed: An imported file does not exist.
    """
    tests = [
        file.relative_to(root).as_posix()
        for name in folders(unit)
        for file in sorted(root.glob(f"tests/contracts/{name}/*.sol"))
    ]
    sources = gather_sources([unit, *tests], root=root)
    named = {name for text in sources.values() for name in _DATA.findall(text)}
    read = {name: (root / name).read_bytes() for name in named if (root / name).is_file()}
    grounds = {name: text.encode() for name, text in sources.items()} | read
    document = {
        "folders": folders(unit),
        "files": {name: hashlib.sha256(each).hexdigest() for name, each in grounds.items()},
        "settings": [_settings(root), MANY_RUNS],
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]


def _settings(root: Path) -> dict[str, Any]:
    profiles = tomllib.loads((root / "foundry.toml").read_text(encoding="utf-8"))["profile"]
    return {name: profiles[name] for name in ("default", "mutate")}
