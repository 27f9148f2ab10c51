"""A lot from its list of serials to the chain, in a run that may be killed and started again.

The manifest is stored before anything is sent: the lot may be on chain with its root, and another
secret would open none of those packs. A second run goes on with the manifest of the first.

Example:
    >>> from datetime import date
    >>> from salus.testing import local_salus, people
    >>> from salus.gs1 import Gln, Gtin, LotNumber
    >>> team = people(local_salus().chain, ["regulator", "manufacturer"])
    >>> gtin, maker = Gtin("09506000134352"), team.identity("manufacturer")
    >>> _ = team.regulator.drugs.products.register(gtin, holder=maker, makers=[maker])
    >>> done = team.manufacturer.supply.lots.commission(
    ...     gtin, LotNumber("AB-12"), expiry=date(2099, 12, 31), serials=["S1", "S2"],
    ...     at=Gln("9520001000003"))
    >>> done.manifest.quantity, done.event.document["bizStep"]
    (2, 'commissioning')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from salus.chain.contract import Transaction
from salus.drugs.documents.event import AnchoredEvent
from salus.drugs.documents.lot_manifest import LotManifest, commissioned
from salus.drugs.handovers import Keep, kept
from salus.errors import InputError
from salus.gs1.fields import LotNumber, expires_at
from salus.gs1.identification_keys import Gln, Gtin
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.supply.errors import AnotherManifest, ExpiryPassed

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.drugs.lots import Lots


@dataclass(frozen=True, slots=True)
@typed
class Left:
    """What an earlier run stored: its content, and where, for messages."""

    content: bytes = field(repr=False)
    file: str


@dataclass(frozen=True, slots=True)
@typed
class Commissioned:
    """A lot that is on chain.

    Attributes:
        manifest: The maker's book of it.
        event: The EPCIS event that the chain names; None where an earlier run sent another one.
        transaction: What was sent; None where an earlier run had sent it.
    """

    manifest: LotManifest
    event: AnchoredEvent | None
    transaction: Transaction | None


class Commissioning:
    """What a maker does once for each lot. The chain's time decides which expiry has passed."""

    @typed_arguments
    def __init__(self, chain: Chain, account: Account | None, lots: Lots) -> None:
        self._chain = chain
        self._account = account
        self._lots = lots

    @typed_arguments
    def commission(
        self,
        gtin: Gtin,
        lot: LotNumber,
        *,
        expiry: date,
        serials: Iterable[str],
        at: Gln,
        left: Left | None = None,
        keep: Keep | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Commissioned:
        """Bring a lot into being, or go on where a run that was killed stopped.

        Args:
            gtin: The product.
            lot: The maker's lot number.
            expiry: The last day of use.
            serials: Every pack's serial number, in any order.
            at: Where the lot is made.
            left: The manifest that an earlier run stored; None where there is none.
            keep: Stores the new manifest's JSON before anything is sent. It holds the lot's
                secret: keep it as you keep keys.
            say: Is told what is done, in a line each.

        Returns:
            The manifest, its event, and the transaction.

        Raises:
            ExpiryPassed: The day is over; nothing was sent.
            AnotherManifest: What was left is not this lot's; nothing was sent.
            DuplicateSerial: A serial occurs twice.
            MalformedIdentifier: A serial is not a GS1 serial number, or there is none.
            ContractError: As for `Lots.commission`.
        """
        if expires_at(expiry) <= self._chain.now():
            raise ExpiryPassed(day=expiry)
        listed, say = tuple(serials), say or _silent
        if left is None:
            say("committing to every serial…")
            built = self._built(gtin, lot, expiry=expiry, serials=listed, at=at)
            with kept(keep, built.to_json):
                return self._send(built, at)
        found = _resumed(left, gtin, lot, expiry=expiry, serials=listed, at=at)
        say(f"going on with {left.file}")
        if self._is_done(found):
            say("this lot was commissioned with this manifest before: nothing was sent")
            return Commissioned(found, found.event, None)
        return self._send(found, at)

    def _built(
        self, gtin: Gtin, lot: LotNumber, *, expiry: date, serials: tuple[str, ...], at: Gln
    ) -> LotManifest:
        if self._account is None:
            raise InputError("commissioning needs the maker's account: give Salus an account=")
        maker = self._account.identity
        return LotManifest.build(gtin, lot, maker=maker, expiry=expiry, serials=serials, at=at)

    def _send(self, manifest: LotManifest, at: Gln) -> Commissioned:
        event = manifest.event or commissioned(
            manifest.gtin, manifest.lot, manifest.quantity, expiry=manifest.expiry, at=at
        )
        transaction = self._lots.commission(manifest, event_hash=event.digest)
        return Commissioned(manifest, event, transaction)

    def _is_done(self, manifest: LotManifest) -> bool:
        """Whether the lot stands on chain as this manifest commits to it."""
        found = self._lots.get(manifest.gtin, manifest.lot, maker=manifest.maker)
        return found is not None and found.serial_root == manifest.root


def _resumed(
    left: Left, gtin: Gtin, lot: LotNumber, *, expiry: date, serials: tuple[str, ...], at: Gln
) -> LotManifest:
    try:
        found = LotManifest.from_json(left.content)
    except InputError:
        raise AnotherManifest(file=left.file) from None
    asked = (gtin, lot, expiry, tuple(sorted(serials)))
    if (found.gtin, found.lot, found.expiry, found.serials) != asked:
        raise AnotherManifest(file=left.file)
    if found.event is not None and not _is_at(found.event, at):
        raise AnotherManifest(file=left.file)
    return found


def _is_at(event: AnchoredEvent, place: Gln) -> bool:
    from salus.epcis.event_parts import places

    return bool(event.document.get("readPoint") == places(place, None)["readPoint"])


def _silent(_: str) -> None:
    pass
