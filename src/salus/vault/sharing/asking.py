"""What is asked of a node about what comes in: whether a receipt shows it in its issuer's log.

Example:
    >>> sender = LetterSender("0x" + "ab" * 20, b"", lambda issuer, opening, receipt: None)
    >>> list(ReceiptChecker(sender).unanswered)
    []
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from salus.errors import ChainError, SalusError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import UnprovenRecord
from salus_verify.opening import Opening

AnchorCheck: TypeAlias = Callable[[str, Opening, bytes], None]
"""``anchored(issuer, opening, receipt)`` raises unless the opening's leaf stands in the issuer's
log of records, as the receipt shows.
"""


@dataclass(frozen=True, slots=True)
@typed
class LetterSender:
    """Who sent a parcel: the identity, and who signed the letter for it."""

    identity: str
    signer: bytes
    anchored: AnchorCheck


class ReceiptChecker:
    """The questions of one parcel to the node: where it does not answer once, no more is asked."""

    def __init__(self, sender: LetterSender) -> None:
        self._sender = sender
        self._silent: ChainError | None = None
        self._owed = False

    @property
    def unanswered(self) -> Iterator[SalusError]:
        """Why what came in by its issuer's letter is to be looked at again."""
        if self._owed and self._silent is not None:
            yield self._silent

    def receipt(self, manifest: Manifest, opening: Opening, receipt: bytes) -> bytes:
        """The receipt that shows a record in its issuer's log, asked there; empty without one.

        Raises:
            SalusError: Somebody else sent it, and its receipt does not show it.
        """
        own = manifest.issuer == self._sender.identity
        if not receipt:
            if own:
                return b""
            who = self._sender.identity
            raise UnprovenRecord(manifest.record_id, issuer=manifest.issuer, sender=who)
        try:
            self._ask(manifest.issuer, opening, receipt)
        except ChainError:
            self._owed |= own
            if not own:
                raise
            return b""
        except SalusError:
            if not own:
                raise
            return b""  # its issuer's letter vouches for it
        return receipt

    @typed_arguments
    def stands(self, issuer: Address, opening: Opening, receipt: bytes) -> bool:
        """Whether what was proven once still is."""
        try:
            self._ask(issuer, opening, receipt)
        except ChainError:
            raise
        except SalusError:
            return False
        return True

    def _ask(self, issuer: Address, opening: Opening, receipt: bytes) -> None:
        if self._silent is not None:
            raise self._silent
        try:
            self._sender.anchored(issuer, opening, receipt)
        except ChainError as problem:
            self._silent = problem
            raise
