"""Name every platform of the Foundry binaries in package-lock.json.

npm leaves out of its lock the optional packages of other platforms that it could not fetch while
locking, and `npm ci` then refuses the lock everywhere. This adds the missing ones, by exact version
and platform, so that the same lock installs on every system. What npm wrote is kept as it is.

Example:
    $ npm install --package-lock-only && python3 scripts/complete_npm_lock.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "package-lock.json"
CPU = {"amd64": "x64", "arm64": "arm64"}


def platform_entry(name: str, version: str, parent: dict[str, Any]) -> dict[str, Any]:
    """Describe one platform package the way npm does, without a digest.

    Args:
        name: Package name ending in `-<os>-<cpu>`, as `@foundry-rs/anvil-darwin-arm64`.
        version: Exact version.
        parent: Lock entry of the package that names it; its licence is shared.

    Returns:
        The lock entry. npm skips it where os and cpu do not match.

    Raises:
        KeyError: The name does not end in a known processor.
    """
    _, system, cpu = name.rsplit("-", 2)
    return {
        "version": version,
        "cpu": [CPU[cpu]],
        "dev": True,
        "license": parent["license"],
        "optional": True,
        "os": [system],
    }


def complete(lock: dict[str, Any]) -> list[str]:
    """Add the missing platform packages to a lock, in place.

    Args:
        lock: Parsed package-lock.json, lock file version 3.

    Returns:
        Names of the packages added, sorted.
    """
    packages: dict[str, dict[str, Any]] = lock["packages"]
    added = [
        (name, version, entry)
        for path, entry in packages.items()
        if path.startswith("node_modules/@foundry-rs/")
        for name, version in entry.get("optionalDependencies", {}).items()
        if f"node_modules/{name}" not in packages
    ]
    for name, version, parent in added:
        packages[f"node_modules/{name}"] = platform_entry(name, version, parent)
    root = packages.pop("")
    lock["packages"] = {"": root, **dict(sorted(packages.items()))}
    return sorted(name for name, _, _ in added)


def main() -> None:
    """Rewrite package-lock.json and name what was added."""
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    added = complete(lock)
    LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n".join(["added to package-lock.json:", *added]) if added else "nothing to add")


if __name__ == "__main__":
    main()
