"""Records in the client: custodians add, share, revoke, erase; grantees collect and open.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-records-client")
    >>> clinic.records.add(b"a letter", patient="0x" + "ab" * 20, about="DocumentReference").resumed
    0
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from salus.primitives.arguments import typed_arguments
from salus.primitives.verbs import verb
from salus.records.adding import Adding
from salus.records.adding_files import AddingFiles
from salus.records.checking import Checking
from salus.records.collecting import Collecting
from salus.records.consulting import Consulting
from salus.records.doubts import Doubts
from salus.records.erasing import Erasing
from salus.records.expiring import Expiring
from salus.records.explaining import Explaining
from salus.records.full_urls import RecordReferences
from salus.records.grounds import Grounds
from salus.records.holder import Holder
from salus.records.listing import Record, RecordListing
from salus.records.patients import PatientNumbers
from salus.records.provenance import InLog
from salus.records.proving import Proving
from salus.records.reading import Reading
from salus.records.relabelling import Relabelling
from salus.records.resending import Resending
from salus.records.revocations import RecordRevocations
from salus.records.sharing import Sharing
from salus.records.telling import Telling
from salus.records.unproven import ReceivedRecords

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.consents.client import Consents
    from salus.identities.client import Identities
    from salus.mail.client import Mail


class Records:
    """One participant's records: own ones as a custodian, received ones as a grantee.

    Each part can be used by itself; its verbs are here too, under the same names.

    Args:
        holder: Whose.
        anchors: Where leaves are anchored.
        consents: Who asks the chain about consents.
        identities: Whose keys the chain names.
        mail: How letters come and go.

    Attributes:
        adding: ``add_bundle``, ``add``.
        adding_files: ``add_file``.
        proving: ``anchor_pending``, ``receipt``.
        erasing: ``erase``.
        checking: ``check``, ``collect_unused``.
        sharing: ``share``.
        telling: ``heed``.
        revocations: ``revoke``.
        expiring: ``revoke_ended``.
        resending: ``resend``.
        relabelling: ``relabel``.
        collecting: ``collect``, ``discard``, ``drop_shown``.
        reading: ``open``, ``read``.
        received: Records of others: which of them no log shows, and forgetting those.
        listing: ``search``; to iterate over it all lists one's own records.
        references: ``resolve``.
        explaining: ``explain``, ``what_if``.
        patients: Which patient an identity stands for here.
        consulting: The consents that are known here.
        grounds: On what, beside consents, keys are given.
    """

    add_bundle = verb("adding", Adding.add_bundle)
    add = verb("adding", Adding.add)
    add_file = verb("adding_files", AddingFiles.add_file)
    anchor_pending = verb("proving", Proving.anchor_pending)
    receipt = verb("proving", Proving.receipt)
    erase = verb("erasing", Erasing.erase)
    check = verb("checking", Checking.check)
    collect_unused = verb("checking", Checking.collect_unused)
    share = verb("sharing", Sharing.share)
    heed = verb("telling", Telling.heed)
    revoke = verb("revocations", RecordRevocations.revoke)
    revoke_ended = verb("expiring", Expiring.revoke_ended)
    resend = verb("resending", Resending.resend)
    relabel = verb("relabelling", Relabelling.relabel)
    collect = verb("collecting", Collecting.collect)
    discard = verb("collecting", Collecting.discard)
    drop_shown = verb("collecting", Collecting.drop_shown)
    open = verb("reading", Reading.open)
    read = verb("reading", Reading.read)
    search = verb("listing", RecordListing.search)
    resolve = verb("references", RecordReferences.resolve)
    explain = verb("explaining", Explaining.explain)
    what_if = verb("explaining", Explaining.what_if)

    @typed_arguments
    def __init__(
        self,
        holder: Holder,
        *,
        anchors: Anchors,
        consents: Consents,
        identities: Identities,
        mail: Mail,
    ) -> None:
        self._holder, vault = holder, holder.vault
        self.patients = PatientNumbers(vault)
        self.grounds = Grounds()
        self.consulting = Consulting(vault, consents, holder.chain)
        self.adding = Adding(holder, anchors, self.patients)
        self.adding_files = AddingFiles(self.adding)
        self.proving = Proving(holder, anchors)
        self.erasing = Erasing(holder, anchors, mail)
        self.checking = Checking(holder, anchors=anchors, identities=identities)
        self.telling = Telling(holder, self.consulting, mail)
        self.sharing = Sharing(
            holder,
            consents=consents,
            consulting=self.consulting,
            telling=self.telling,
            proving=self.proving,
            mail=mail,
        )
        self.revocations = RecordRevocations(holder, consents)
        self.expiring = Expiring(
            holder,
            consents=consents,
            consulting=self.consulting,
            telling=self.telling,
            grounds=self.grounds,
        )
        self.relabelling = Relabelling(holder)
        self.resending = Resending(
            holder,
            sharing=self.sharing,
            erasing=self.erasing,
            telling=self.telling,
            grounds=self.grounds,
        )
        self.reading = Reading(
            holder,
            consents=consents,
            consulting=self.consulting,
            in_log=InLog(anchors),
        )
        doubts = Doubts(vault, anchors)
        self.received = ReceivedRecords(vault, doubts=doubts, reading=self.reading)
        self.checking.register("received records", lambda repair: doubts.findings())
        self.collecting = Collecting(
            holder,
            anchors=anchors,
            consulting=self.consulting,
            reading=self.reading,
            doubts=doubts,
            mail=mail,
        )
        self.listing = RecordListing(vault)
        self.references = RecordReferences(vault, self.listing)
        self.explaining = Explaining(
            holder, consents=consents, consulting=self.consulting, listing=self.listing
        )

    def __repr__(self) -> str:
        return f"Records({self._holder.identity})"

    def __iter__(self) -> Iterator[Record]:
        """List one's own records, oldest first, each in its newest version."""
        return self.search()
