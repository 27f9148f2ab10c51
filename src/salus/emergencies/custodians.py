"""A custodian of emergency keys: gives its share only for a window that is open on chain."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from salus.anchors.streams import Inclusion
from salus.chain.control_check import require_control
from salus.emergencies.emergency_keys import Deposit
from salus.emergencies.release_notes import ReleaseNotes
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.mail.directory import find_key, verifier
from salus.primitives.address import lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.primitives.values import typed
from salus.vault.errors import ReleaseRefused
from salus_verify.encoding import canonical, hex0x

if TYPE_CHECKING:
    from collections.abc import Callable

    from salus.accreditations.client import Accreditations
    from salus.anchors.client import Anchors
    from salus.chain.registry_client import RegistryClient
    from salus.emergencies.windows import Windows
    from salus.identities.client import Identities
    from salus.vault.vault import Vault

RELEASES_STREAM = "emergency-releases"
"""Label of the stream in which every release leaves an entry before the share leaves the house."""


@dataclass(frozen=True, slots=True)
@typed
class Release:
    """A share that was released, and the entry that says so.

    Attributes:
        share: For the clinician.
        entry: The exact bytes whose digest is anchored: they say who got what and why. The key
            database keeps them too.
        inclusion: Where it stands.
    """

    share: ReleasedShare
    entry: bytes = field(repr=False)
    inclusion: Inclusion


class Custodians:
    """The acts of a custodian."""

    def __init__(
        self,
        client: RegistryClient,
        windows: Windows,
        *,
        identities: Identities,
        accreditations: Accreditations,
        anchors: Anchors,
        vault: Callable[[], Vault],
    ) -> None:
        self._client, self._windows = client, windows
        self._identities, self._accreditations = identities, accreditations
        self._anchors, self._vault = anchors, vault

    @typed_arguments
    def release(self, deposit: Deposit, asked: SignedRequest) -> Release:
        """Judge a request and, where it stands, anchor an entry and seal the share to who asked.

        The entry is kept in the key database before it is anchored. Run again for the same request,
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
        chain, request, vault = self._client.chain, asked.request, self._vault()
        require_control(chain, self._client.payer)
        self._require_window(request, deposit)
        asked.check(verifier(chain))
        self._require_people(asked)
        vault.own_keys.look_again(deposit.recipient)  # another process may have rotated them
        share = deposit.open(vault.keys)
        entry = self._released.keep(request.digest, self._entry(asked))
        leaf = hashlib.sha256(b"salus/release/v1\x00" + entry).digest()
        self._anchors.ensure(RELEASES_STREAM, [leaf])
        # Anchoring takes a block or more: the window may have ended meanwhile.
        self._require_window(request, deposit)
        inclusion = self._anchors.proofs.prove(RELEASES_STREAM, leaf, first=True)
        sealed = ReleasedShare.seal(share, request, custodian=self._client.identity)
        return Release(sealed, entry, inclusion)

    @typed_arguments
    def entries(self) -> tuple[bytes, ...]:
        """List the entries of all releases, whether or not their files were kept.

        Returns:
            Exact bytes: SHA-256 of ``salus/release/v1``, a zero byte and an entry is its leaf.
        """
        return self._released.all()

    @property
    def _released(self) -> ReleaseNotes:
        return ReleaseNotes(self._vault().notebook("releases"))

    def _require_window(self, request: ReleaseRequest, deposit: Deposit) -> None:
        if request.chain_id != deposit.chain_id:
            raise ReleaseRefused("the deposit is of another chain")
        if (request.patient, request.key) != (deposit.patient, deposit.key):
            raise ReleaseRefused("the deposit is of another patient or another key")
        self._windows.require(request)

    def _require_people(self, asked: SignedRequest) -> None:
        request = asked.request
        hospital, clinician = asked.hospital, request.clinician
        if hospital == clinician:
            raise ReleaseRefused("nobody countersigns for oneself")
        if not self._accreditations.holds(hospital, Role.HOSPITAL):
            raise ReleaseRefused(f"{hospital} is not an accredited hospital")
        if find_key(self._identities, clinician) != request.document.digest:
            raise ReleaseRefused("the key to seal to is not the one that the chain names")

    def _entry(self, asked: SignedRequest) -> bytes:
        request = asked.request
        return canonical(
            {
                "type": "salus/release/v1",
                "chainId": request.chain_id,
                "custodian": lower_case(self._client.identity),
                "patient": lower_case(request.patient),
                "clinician": lower_case(request.clinician),
                "hospital": lower_case(asked.hospital),
                "window": hex0x(request.window),
                "key": request.key,
                "request": hex0x(request.digest),
                "releasedAt": self._client.chain.now(),
                "salt": hex0x(os.urandom(32)),
            }
        )
