"""Errors of the supply chain: identifiers, scans, packs, and EPCIS documents.

Example:
    >>> from salus.gs1.errors import BadCheckDigit
    >>> from salus.errors import InputError
    >>> error = BadCheckDigit(key="GTIN", value="09506000134350", expected=2)
    >>> isinstance(error, InputError), error.exit_code
    (True, 2)
    >>> print(error)
    GTIN 09506000134350 ends in the check digit 0, but it should be 2: scan or type it again
"""

from __future__ import annotations

from salus.errors import InputError, VerificationError
from salus_verify.errors import MalformedDocument


class DuplicateSerial(InputError):
    """A serial number stands twice in one lot or shipment."""

    def __init__(self, *, serial: str) -> None:
        self.serial = serial
        super().__init__(
            f"serial {serial!r} occurs more than once: every pack has its own, so name it once;"
            " nothing was sent"
        )


class UnknownSerial(VerificationError):
    """A serial number is not among those that the maker committed to."""

    def __init__(self, *, lot: str, serial: str) -> None:
        self.lot, self.serial = lot, serial
        super().__init__(
            f"serial {serial!r} is not part of lot {lot}: "
            "treat the pack as a suspected falsification and report it to the maker"
        )


class LotAmbiguous(InputError):
    """Several makers of a product have a lot of this number."""

    def __init__(self, *, lot: str, makers: tuple[str, ...]) -> None:
        self.lot, self.makers = lot, makers
        super().__init__(
            f"{len(makers)} makers have a lot {lot} of this product: say whose is meant"
            f" (`maker=`), one of {', '.join(makers)}"
        )


class NotInConsignment(VerificationError):
    """A serial number did not come with this shipment; it may have come with another."""

    def __init__(self, *, lot: str, serial: str, holds: str | None = None) -> None:
        self.lot, self.serial, self.holds = lot, serial, holds
        where = "this consignment" if holds is None else f"this file, which is of {holds}"
        super().__init__(
            f"serial {serial!r} of lot {lot} is not in {where}; that says nothing about the pack:"
            f" try the other consignments of lot {lot}, or ask the sender, and do not supply the"
            " pack before it is found"
        )


class InvalidOpening(VerificationError):
    """The opening of a pack does not lead to the lot's committed root."""

    def __init__(self, *, serial: str, reason: str) -> None:
        self.serial, self.reason = serial, reason
        super().__init__(
            f"the opening of serial {serial!r} proves nothing: {reason}; "
            "do not supply the pack, ask the sender for its opening again"
        )


class ForgedConsignment(VerificationError):
    """What travels with a shipment opens packs that are not of its lot."""

    def __init__(self, *, lot: str, serial: str, reason: str) -> None:
        self.lot, self.serial, self.reason = lot, serial, reason
        super().__init__(
            f"the consignment is not of lot {lot}: the opening of serial {serial!r} proves nothing"
            f" ({reason}). Nothing was received: keep the packs apart, dispute or reject the"
            " shipment, and report it to the maker"
        )


class ManifestNotOfLot(VerificationError):
    """What is to be shipped is not what the lot's maker committed to on chain."""

    def __init__(self, *, lot: str, reason: str) -> None:
        self.lot, self.reason = lot, reason
        super().__init__(
            f"the openings are not of lot {lot} as it was commissioned ({reason}): nobody could"
            " receive these packs. Nothing was sent: ship from the manifest that the lot was"
            " commissioned with"
        )


class PackRefused(VerificationError):
    """A scanned pack must not be dispensed; ``verdict`` and ``explanation`` are the scan's."""

    def __init__(self, *, verdict: str, explanation: str) -> None:
        self.verdict, self.explanation = verdict, explanation
        super().__init__(
            f"the pack must not be dispensed ({verdict}): {explanation}. Nothing was sent: keep the"
            " pack apart and report it to the maker"
        )


class MalformedOpening(MalformedDocument):
    """An opening, manifest or consignment is not of its versioned form."""

    kind = "opening, manifest or consignment"

    def __init__(self, problem: str, *, file: str | None = None) -> None:
        self.file = file
        super().__init__(problem if file is None else f"{file}: {problem}")
        self.problem = problem
