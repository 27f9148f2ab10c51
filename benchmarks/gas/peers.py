"""The peers' contracts as they published them on npm, by digest, outside the project's own lock.

`npm pack` brings a package without its dependencies: only its compiled contracts are read, nothing
of it runs here but on the local chain. Packages are kept under cache/peers.

Example:
    >>> sorted(json.loads(PEERS.read_text("utf-8")))
    ['eas', 'erc1056', 'onchainid']
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = Path(__file__).with_name("peers.json")
CACHE = ROOT / "cache" / "peers"


class PeerUnavailable(Exception):
    """A peer's package cannot be had, or is not the one that was measured before."""


class Peer:
    """One peer's package, opened.

    Args:
        key: Its name in peers.json.

    Raises:
        PeerUnavailable: npm cannot bring it, or its digest is another.
    """

    def __init__(self, key: str) -> None:
        entry = json.loads(PEERS.read_text(encoding="utf-8"))[key]
        self.name = f"{entry['package']} {entry['version']}"
        self._archive = CACHE / f"{key}-{entry['version']}.tgz"
        if not self._archive.is_file():
            _fetch(f"{entry['package']}@{entry['version']}", self._archive)
        _require_digest(self._archive, entry["integrity"], self.name)

    def contract(self, path: str) -> tuple[list[dict[str, Any]], str]:
        """Read a compiled contract.

        Args:
            path: Of its artifact, below the package.

        Returns:
            ABI and creation code in hexadecimal.

        Raises:
            PeerUnavailable: The package holds no such artifact.
        """
        with tarfile.open(self._archive) as archive:
            try:
                member = archive.extractfile(f"package/{path}")
            except KeyError:
                member = None
            if member is None:
                raise PeerUnavailable(f"{self.name} holds no {path}")
            artifact = json.load(member)
        return artifact["abi"], artifact["bytecode"]


def _fetch(package: str, archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--silent", "--pack-destination", str(archive.parent), package]
    packed = subprocess.run(command, capture_output=True, text=True, check=False)
    if packed.returncode:
        raise PeerUnavailable(f"npm cannot bring {package}: {packed.stderr.strip()[-300:]}")
    (archive.parent / packed.stdout.split()[-1]).rename(archive)


def _require_digest(archive: Path, integrity: str, name: str) -> None:
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != integrity:
        archive.unlink()
        raise PeerUnavailable(
            f"{name} has another digest than benchmarks/gas/peers.json: run again"
        )
