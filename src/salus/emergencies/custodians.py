"""A custodian of emergency keys: gives its share only for a window that is open on chain.

Example:
    >>> from salus.emergencies.custodians import RELEASES_STREAM
    >>> RELEASES_STREAM
    'emergency-releases'
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from salus.anchors.streams import Inclusion
from salus.chain.control import require_control
from salus.emergencies.custody import Deposit
from salus.emergencies.release_notes import ReleaseNotes
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.mail.directory import find_key, verifier
from salus.primitives.documents import canonical, hex0x
from salus.primitives.roles import Role
from salus.primitives.values import typed
from salus.vault.errors import ReleaseRefused

if TYPE_CHECKING:
    from salus.client import Salus

RELEASES_STREAM = "emergency-releases"
"""Label of the stream in which every release leaves an entry before the share leaves the house."""


@dataclass(frozen=True, slots=True)
@typed
class Release:
    """A share that was released, and the entry that says so.

    Attributes:
        share: For the clinician.
        entry: The exact bytes whose digest is anchored: they say who got what and why. The key
            store keeps them too.
        inclusion: Where it stands.
    """

    share: ReleasedShare
    entry: bytes = field(repr=False)
    inclusion: Inclusion


class Custodian:
    """One custodian, over its client: chain, account, vault keys and log.

    Args:
        client: The custodian's own.
    """

    def __init__(self, client: Salus) -> None:
        self._client = client
        self._released = ReleaseNotes(client.vault.notebook("releases"))

    def release(self, deposit: Deposit, asked: SignedRequest) -> Release:
        """Judge a request and, where it stands, anchor an entry and seal the share to who asked.

        The entry is kept in the key store before it is anchored. Run again for the same request,
        after a crash say, it goes on with the same entry.

        Args:
            deposit: One's own, of the key that is asked for.
            asked: The request with both signatures.

        Returns:
            The sealed share and its entry.

        Raises:
            ReleaseRefused: There is no open window of that clinician on that patient now, no
                accredited hospital countersigned, or the request is of another key or chain.
            ForgedSignature: A signature is not of who controls the identity now.
            WrongRecipient: The deposit is another custodian's.
            SignerNotInControl: The account does not control this custodian's identity (any more).
            SalusError: The entry cannot be anchored; then nothing is released.
        """
        client, request = self._client, asked.request
        require_control(client.chain, client.account)
        self._require_window(request, deposit)
        asked.check(verifier(client.chain))
        self._require_people(asked)
        share = deposit.open(client.vault.keys)
        entry = self._released.keep(request.digest, self._entry(asked))
        leaf = hashlib.sha256(b"salus/release/v1\x00" + entry).digest()
        client.anchors.ensure(RELEASES_STREAM, [leaf])
        # Anchoring takes a block or more: the window may have ended meanwhile.
        self._require_window(request, deposit)
        inclusion = client.anchors.proofs.prove(RELEASES_STREAM, leaf, first=True)
        sealed = ReleasedShare.seal(share, request, custodian=client.identity)
        return Release(sealed, entry, inclusion)

    def entries(self) -> tuple[bytes, ...]:
        """List the entries of all releases, whether or not their files were kept.

        Returns:
            Exact bytes: SHA-256 of ``salus/release/v1``, a zero byte and an entry is its leaf.
        """
        return self._released.all()

    def _require_window(self, request: ReleaseRequest, deposit: Deposit) -> None:
        if request.chain_id != deposit.chain_id:
            raise ReleaseRefused("the deposit is of another chain")
        if (request.patient, request.key) != (deposit.patient, deposit.key):
            raise ReleaseRefused("the deposit is of another patient or another key")
        require_window(self._client, request)

    def _require_people(self, asked: SignedRequest) -> None:
        request, client = asked.request, self._client
        hospital, clinician = _checksummed(asked.hospital), _checksummed(request.clinician)
        if hospital == clinician:
            raise ReleaseRefused("nobody countersigns for oneself")
        if not client.accreditations.holds(hospital, Role.HOSPITAL):
            raise ReleaseRefused(f"{hospital} is no accredited hospital")
        if find_key(client.identities, clinician) != request.document.digest:
            raise ReleaseRefused("the key to seal to is not the one that the chain names")

    def _entry(self, asked: SignedRequest) -> bytes:
        request = asked.request
        return canonical(
            {
                "type": "salus/release/v1",
                "chainId": request.chain_id,
                "custodian": self._client.identity.lower(),
                "patient": request.patient,
                "clinician": request.clinician,
                "hospital": asked.hospital,
                "window": hex0x(request.window),
                "key": request.key,
                "request": hex0x(request.digest),
                "releasedAt": self._client.chain.now(),
                "salt": hex0x(os.urandom(32)),
            }
        )


def require_window(client: Salus, request: ReleaseRequest) -> None:
    """Look at the chain for the window that a request names.

    Args:
        client: Whoever wants to know: a custodian, or the hospital that countersigns.
        request: What is asked.

    Raises:
        ReleaseRefused: It is not open now, not this clinician's, or on another chain.
    """
    patient, clinician = _checksummed(request.patient), _checksummed(request.clinician)
    if client.chain.chain_id != request.chain_id:
        raise ReleaseRefused("the request is of another chain")
    if client.emergencies.last_window(patient, clinician) != request.window:
        raise ReleaseRefused("the window is not this clinician's last one on this patient")
    if not client.emergencies.is_open(patient, clinician):
        raise ReleaseRefused("the window is not open (any more)")


def _checksummed(address: str) -> str:
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(address))
