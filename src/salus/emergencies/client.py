"""Emergencies: windows on chain, and the keys that custodians hold in shares.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.emergencies.windows.is_open(me.identity, me.identity)
    False
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from salus.chain.registry_client import RegistryClient
from salus.emergencies.access import EmergencyAccess
from salus.emergencies.custodians import Custodians
from salus.emergencies.keeping import EmergencyKeeping
from salus.emergencies.windows import Windows
from salus.primitives.arguments import typed_arguments
from salus.primitives.once import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from salus.accreditations.client import Accreditations
    from salus.anchors.client import Anchors
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.identities.client import Identities
    from salus.mail.directory import Directory
    from salus.records.holder import Holder


class Emergencies:
    """What clinicians, hospitals, custodians and keepers of records do in an emergency.

    Args:
        chain: A connection with its deployment.
        account: Who signs and pays for each write; None to read only.
        identities: Whose keys the chain names.
        accreditations: Who is a hospital.
        anchors: One's own logs.
        holder: Returns whose records these are; windows need none.
        directory: Returns where inboxes are found, and which may be opened.

    Attributes:
        windows: Break-glass: opened, justified, refused.
        access: For who helps: asking for shares, vouching, opening what was sealed.
        custodians: For who holds shares: giving one, for a window that is open.
        keeping: For who keeps records: making an emergency key, and sealing to it.
    """

    @typed_arguments
    def __init__(
        self,
        chain: Chain,
        account: Account | None,
        *,
        identities: Identities,
        accreditations: Accreditations,
        anchors: Anchors,
        holder: Callable[[], Holder],
        directory: Callable[[], Directory],
    ) -> None:
        self._client = client = RegistryClient(chain, account, "ConsentRegistry")
        self._holder, self._directory, self._making = holder, directory, RLock()
        self.windows = Windows(client)
        self.access = EmergencyAccess(
            client,
            self.windows,
            identities=identities,
            accreditations=accreditations,
            vault=lambda: holder().vault,
            directory=directory,
        )
        self.custodians = Custodians(
            client,
            self.windows,
            identities=identities,
            accreditations=accreditations,
            anchors=anchors,
            vault=lambda: holder().vault,
        )

    def __repr__(self) -> str:
        return f"Emergencies({self._client.who})"

    @once
    def keeping(self) -> EmergencyKeeping:
        """What a custodian of records keeps ready for emergencies.

        Raises:
            InputError: This client handles no records.
        """
        return EmergencyKeeping(self._holder(), self.windows, self._directory())
