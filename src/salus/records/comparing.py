"""Comparing a key database with the chain before it opens anything, after it was put in place.

A backup knows the keys of records that were erased since. The issuer's log knows which, and the
chain whether the log is whole: asked of a node that is not behind.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-comparing")
    >>> clinic.compare().erased
    ()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.primitives.address import Address
from salus.primitives.values import typed
from salus_verify.erasure_receipt import ERASURES_STREAM

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.chain.chain import Chain
    from salus.vault.vault import Vault


@dataclass(frozen=True, slots=True)
@typed
class Compared:
    """What a comparison with the chain did.

    Attributes:
        erased: Ids of records that were erased before and were here again: they were destroyed.
        erasures: How many leaves the log of erasures has.
        ask: Whose records are here beside one's own. Where the key database was put back, ask each
            to send again (``records.resend``), and collect before you open anything of theirs: what
            was collected since, of erasures and denies too, is not in it, and no chain tells.
    """

    erased: tuple[str, ...]
    erasures: int
    ask: tuple[Address, ...] = ()


def compare(chain: Chain, vault: Vault, anchors: Anchors) -> Compared:
    """Destroy again what was erased, and note that the key database was compared.

    Raises:
        VerificationError: The log of erasures lacks leaves that the chain has: nothing is opened
            before they are back.
        NodeBehind: The node shows less of the logs than was seen: ask another.
        ChainError: The node does not answer.
        StorageError: The key database cannot be written.
        ClocksDiffer: The node's latest block is old, outside local chains.
    """
    anchors.log.require_current()
    leaves = anchors.log.known(ERASURES_STREAM)
    erased = vault.replay_erasures(leaves, erased_at=chain.now())
    vault.database.comparison.mark()
    issuers = {row.issuer for row in vault.database.manifests.all(sound_only=True)}
    ask = sorted(issuers - {vault.identity})
    return Compared(erased, len(leaves), tuple(ask))
