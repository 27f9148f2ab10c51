"""Write the AnchorRegistry's address, which follows from the shipped code, into salus-verify.

Example:
    $ python scripts/trust_root.py
    $ python scripts/trust_root.py --check
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from salus.receipts import known_registry

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "packages/salus-verify/src/salus_verify/anchor_registry.py"


def main(arguments: list[str]) -> int:
    """Write the file, or compare it.

    Args:
        arguments: `--check` or nothing.

    Returns:
        Exit code: 1 when the file is not current.
    """
    now = FILE.read_text(encoding="utf-8")
    line = f'ANCHOR_REGISTRY = "{known_registry()}"'
    wanted = re.sub(r'^ANCHOR_REGISTRY = ".*"$', line, now, flags=re.MULTILINE)
    if arguments != ["--check"]:
        FILE.write_text(wanted, encoding="utf-8")
        return 0
    if now == wanted:
        return 0
    print(f"{FILE} is not current: run make compile", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
