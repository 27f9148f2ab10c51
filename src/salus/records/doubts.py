"""What nothing shows to be of the issuer that it names: a thief of an account may have written it.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-doubts")
    >>> list(Doubts(clinic.vault, clinic.anchors).findings())
    []
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.errors import ChainError, SalusError
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.records.provenance import InLog
from salus.vault.documents.manifest import Manifest
from salus.vault.upkeep.checking import Finding

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.vault.vault import Vault


@dataclass(frozen=True, slots=True)
@typed
class Unproven:
    """A received record that is not shown to stand in its issuer's log.

    Attributes:
        manifest: What it is and where it lies.
        brought_by: Who signed its issuer's letter (ERC-7913 signer bytes); empty where somebody
            else passed it on.
        reason: Why it counts as unproven.
    """

    manifest: Manifest
    brought_by: bytes
    reason: str


class Doubts:
    """Which received records no receipt shows in their issuers' logs."""

    def __init__(self, vault: Vault, anchors: Anchors) -> None:
        self._vault, self._anchors = vault, anchors

    def left_by(self, issuers: Collection[Address]) -> tuple[Unproven, ...]:
        """What is unproven of those that went on in another log than the one they began with.

        Raises:
            ChainError: The node does not answer.
        """
        in_log = InLog(self._anchors)
        return tuple(self.of({e for e in issuers if in_log.went_on(e)}.__contains__))

    def findings(self) -> Iterator[Finding]:
        """Find what issuers disowned, and what no receipt shows of those who did so."""
        found: dict[Address, list[Unproven]] = {}
        for each in self.left_by({e.issuer for e in self._vault.received()}):
            found.setdefault(each.manifest.issuer, []).append(each)
        for issuer, doubtful in found.items():
            records = {each.manifest.record_id: None for each in doubtful}
            yield Finding(
                "unproven records",
                issuer,
                "this issuer disowned what somebody else anchored with its account, and nothing"
                f" shows {len(records)} records here to be its own: {', '.join(records)}. Once what"
                " it sent again is collected, ask it about them. `records.received.unproven()`"
                " says why each is listed, `records.received.drop()` forgets one",
            )

    def of(self, of: Callable[[Address], bool]) -> Iterator[Unproven]:
        """List what is unproven of the issuers that are meant."""
        in_log = InLog(self._anchors)
        for manifest in self._vault.received():
            if of(manifest.issuer):
                brought_by, receipt = self._vault.readers.provenance(manifest)
                reason = self._doubt(manifest, receipt, in_log)
                if reason:
                    yield Unproven(manifest, brought_by, reason)

    def _doubt(self, manifest: Manifest, receipt: bytes, in_log: InLog) -> str:
        if not receipt:
            return "no receipt came along"
        try:
            in_log(manifest.issuer, self._vault.opening(manifest), receipt)
        except ChainError:
            raise
        except SalusError as problem:
            return str(problem)
        return ""
