"""Our gas beside the peers', measured on one chain in one run: `make bench-gas`.

Example:
    $ python -m benchmarks.gas          # rewrites the tables of docs/gas.md
    $ python -m benchmarks.gas --json   # the figures, as one JSON document
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys

from benchmarks.gas import page
from benchmarks.gas.chain import HARDFORK, Reverted, local_chain
from benchmarks.gas.comparison import Row, UnexplainedLoss, compare, compare_cited
from benchmarks.gas.dids import measure_erc1056, measure_onchainid
from benchmarks.gas.eas import measure_eas
from benchmarks.gas.ours import measure_ours
from benchmarks.gas.peers import ROOT, Peer, PeerUnavailable
from benchmarks.gas.proofs import measure_proofs

from salus.errors import SalusError

MEASURES = {"eas": measure_eas, "erc1056": measure_erc1056, "onchainid": measure_onchainid}


def measure() -> dict[str, dict[str, int]]:
    """Measure everybody.

    Returns:
        Gas by act, by whose it is; `salus` is ours.
    """
    packages = {key: Peer(key) for key in MEASURES}
    with local_chain() as chain:
        print("bench-gas: salus", file=sys.stderr)
        proofs = measure_proofs(chain)
        figures = {"salus": {**measure_ours(chain), **proofs}}
        for key, work in MEASURES.items():
            print(f"bench-gas: {packages[key].name}", file=sys.stderr)
            figures[key] = work(chain, packages[key])
    return {**figures, "openzeppelin": proofs}


def sections(figures: dict[str, dict[str, int]]) -> dict[str, list[Row]]:
    """Compare everybody with us.

    Args:
        figures: What `measure` gave.

    Returns:
        Rows by title.
    """
    titles = {
        "eas": f"Ethereum Attestation Service ({Peer('eas').name})",
        "erc1056": f"ERC-1056 reference registry ({Peer('erc1056').name})",
        "onchainid": f"OnchainID ({Peer('onchainid').name})",
        "openzeppelin": "Inclusion proofs (OpenZeppelin 5.7 MerkleProof), the check alone",
    }
    ours = figures["salus"]
    found = {title: compare(key, figures[key], ours) for key, title in titles.items()}
    return {**found, "Cited, not run here (our measurement, November 2026)": compare_cited(ours)}


def main(arguments: list[str]) -> int:
    """Measure, and print or write.

    Args:
        arguments: `--json`, or nothing.

    Returns:
        Exit code: 0, or 1 where something cannot be measured.
    """
    try:
        figures = measure()
        found = sections(figures)
    except (PeerUnavailable, Reverted, UnexplainedLoss, SalusError) as problem:
        print(f"bench-gas: {problem}", file=sys.stderr)
        return 1
    if "--json" in arguments:
        print(json.dumps(figures, indent=2))
        return 0
    changed = page.write(page.tables(found, _how()))
    print(f"bench-gas: docs/gas.md {'rewritten' if changed else 'stands'}", file=sys.stderr)
    return 0


def _how() -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    ).stdout.strip()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return (
        f"Measured on {today} at commit {commit or 'unknown'} by `make bench-gas`: anvil, hardfork "
        f"{HARDFORK}, one chain for all. Each figure is a whole transaction, 21,000 and calldata "
        "included, unless it says otherwise. Ratio: ours to theirs."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
