"""Giving a reader the keys that a consent permits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from salus.consents.documents import Consent, document_of, read_consent
from salus.consents.errors import ConsentNotInForce, NothingToShare
from salus.errors import ChainError, InputError, StorageError, VerificationError
from salus.primitives.arguments import typed_arguments
from salus.records.errors import ReceiptsMissing
from salus.records.facts import facts_of, facts_told
from salus.records.judging import Judge
from salus.records.revocations import require_none
from salus.records.telling import TERMS
from salus.terms import describe
from salus.terms.vocabulary import Action
from salus.vault.documents.parcels import Parcel, pack
from salus.vault.sharing.sharing import NO_RECEIPTS, Receipts
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.consents.client import Consents
    from salus.consents.documents import Presented
    from salus.mail.client import Mail
    from salus.records.consulting import Consulting
    from salus.records.holder import Holder
    from salus.records.proving import Proving
    from salus.records.telling import Telling
    from salus.vault.documents.manifest import Manifest
    from salus.vault.documents.record_keys import Plan
    from salus.vault.vault import Vault

PARCEL = "parcel"
"""The kind of letters that bring keys, and the records that they open."""


class Sharing:
    """What a custodian gives to a grantee, under a consent."""

    def __init__(
        self,
        holder: Holder,
        *,
        consents: Consents,
        consulting: Consulting,
        telling: Telling,
        proving: Proving,
        mail: Mail,
    ) -> None:
        self._holder = holder
        self._vault = holder.vault
        self._consents = consents
        self._consulting = consulting
        self._telling = telling
        self._proving = proving
        self._mail = mail

    @typed_arguments
    def share(
        self,
        presented: Presented | Consent,
        *,
        purpose: str,
        action: Action = Action.ACCESS,
        receipts: bool = False,
    ) -> tuple[Manifest, ...]:
        """Share with the grantee the keys that a consent permits, and no others, by its inbox.

        Purpose and action cannot be expressed in keys: they decide what is shared, and the
        grantee's software checks them again at each opening.

        Args:
            presented: The consent, as it was signed, or that is registered; it must be in force.
            purpose: What the grantee asked for, an HL7 PurposeOfUse code.
            action: What the grantee asked to do.
            receipts: Send each record's receipt along, or nothing: it outranks what a thief of the
                account wrote. Else receipts go along once the account was replaced, as far as
                there are any.

        Returns:
            The manifests of what the grantee can open now.

        Raises:
            UnknownCode: The purpose is not a known code.
            ConsentNotInForce: The consent does not stand, or its revocation was shown here.
                Any other consent in force between the parties that denies a record withholds it.
            NothingToShare: Nothing that is stored here is permitted.
            MissingKey: The grantee announced no inbox.
            ReceiptsMissing: Receipts were asked for, and some cannot be had: nothing was sent.
            InputError: The grantee is this participant itself, who has the keys.
            SignerNotInControl: The account does not control this identity (any more).
        """
        find = self._required if receipts else self._at_hand
        return self._share(document_of(presented), purpose=purpose, action=action, find=find)

    @typed_arguments
    def share_again(
        self, presented: Presented, *, purpose: str, action: Action
    ) -> ReceiptsMissing | None:
        """Share as `share` does, with receipts as far as there are any.

        Args:
            presented: The consent; it must be in force.
            purpose: What the grantee asked for, an HL7 PurposeOfUse code.
            action: What the grantee asked to do.

        Returns:
            Why some went without a receipt; None where all have theirs.

        Raises:
            SalusError: As for `share`, but for receipts.
        """
        missing: list[ReceiptsMissing | None] = []

        def find(plan: Plan) -> Receipts:
            found, why = self._receipts(plan)
            missing.append(why)
            return found

        self._share(presented, purpose=purpose, action=action, find=find)
        return missing[-1]

    def _share(
        self,
        presented: Presented,
        *,
        purpose: str,
        action: Action,
        find: Callable[[Plan], Receipts],
    ) -> tuple[Manifest, ...]:
        self._holder.require_control()
        if presented.consent.grantee == self._vault.identity:
            raise InputError(
                "the consent's grantee is this participant, who has the keys already: nothing is to"
                " be shared"
            )
        before = _Unchanged.of(self._vault, presented.consent)
        standing = self._consents.checks.require(presented)
        consent, block = standing.consent, standing.block_number
        require_none(self._vault, consent)
        presented = self._longest(presented, block=block)
        before.heard = before.hear()  # of what came meanwhile, nothing was asked
        plan = self._plan(self._judge(consent, block), purpose=purpose, action=action)
        shown = find(plan)  # before anything is told: without those that are asked for, nothing is
        self._telling.tell(consent.patient, consent.grantee, but=presented, block=block)
        self._note(presented, purpose=purpose, action=action)
        return self._send(presented, plan, purpose=purpose, guard=before.require, receipts=shown)

    def _is_replaced(self) -> bool:
        """Whether another account acts than the identity's first: letters of that may be false."""
        return self._holder.account.address != self._vault.identity

    def _at_hand(self, plan: Plan) -> Receipts:
        """Sharing needs no log: without receipts, the letter vouches for what it brings."""
        return self._receipts(plan)[0] if self._is_replaced() else NO_RECEIPTS

    def _required(self, plan: Plan) -> Receipts:
        found, missing = self._receipts(plan)
        if missing is not None:
            raise missing
        return found

    def _receipts(self, plan: Plan) -> tuple[Receipts, ReceiptsMissing | None]:
        """As far as there are any, and why not all."""
        manifests = tuple(self._planned(plan))
        try:
            found = self._proving.receipts(manifests)
        except (ChainError, VerificationError, InputError, StorageError) as problem:
            missing = ReceiptsMissing(len(manifests), of=len(manifests), why=problem)
            missing.__cause__ = problem
            return NO_RECEIPTS, missing
        lacking = len({(each.record, each.version) for each in manifests} - found.keys())
        return found, ReceiptsMissing(lacking, of=len(manifests)) if lacking else None

    def _longest(self, presented: Presented, *, block: int) -> Presented:
        """What is given is judged, and opened, by the document that counts for the longest time."""
        self._consulting.hear(presented, block=block)
        kept = self._consulting.known(presented.consent)
        return presented if kept is None else read_consent(kept.document)

    def _judge(self, consent: Consent, block: int) -> Judge:
        # What is shared here was written here: the custodian is the author.
        custodian, actors = self._holder.identity, self._consents.actors
        own = actors.party(custodian, patient=consent.patient, block=block)
        return Judge(
            consent,
            self._consulting.between(
                consent.patient, consent.grantee, custodian=custodian, block=block
            ),
            recipient=actors.party(consent.grantee, patient=consent.patient, block=block),
            custodian=own,
            author=own,
            block=block,
            time=self._holder.chain.block(block).timestamp,
        )

    def _plan(self, judge: Judge, *, purpose: str, action: Action) -> Plan:
        patient = judge.consent.patient
        return self._vault.keyring.plan(
            patient=patient,
            covers=lambda compartment: (
                judge.permits(facts_of(compartment), purpose=purpose, action=action)
                and compartment.patient == patient
            ),
            permits=lambda entry: (
                judge.permits(facts_told(entry.facts), purpose=purpose, action=action)
                and entry.compartment.patient == patient
            ),
        )

    def _note(self, presented: Presented, *, purpose: str, action: Action) -> None:
        """Before anything is given: what was given is judged by it for as long as it stands."""
        consent, document = hex0x(presented.consent.id), presented.to_json().encode()
        self._vault.grants.note(consent, document, purpose=purpose, action=action.name)

    def _send(
        self,
        presented: Presented,
        plan: Plan,
        *,
        purpose: str,
        guard: Callable[[], None],
        receipts: Receipts,
    ) -> tuple[Manifest, ...]:
        consent = presented.consent
        manifests = tuple(self._planned(plan))
        if not manifests:
            raise self._nothing(consent, purpose)
        inbox, document = self._mail.directory.find(consent.grantee)
        # To look the reader up takes time, in which a revocation may have been honoured, or another
        # consent kept.
        parcels = self._vault.readers.share(
            plan, document, consent=hex0x(consent.id), guard=guard, receipts=receipts
        )
        shown = presented.to_json().encode()
        self._mail.post(inbox, TERMS, shown, document)
        self._vault.heard.tell(
            consent.patient, consent.grantee, consent=hex0x(consent.id), document=shown
        )
        # Older keys first: they hold the older versions.
        keys = sorted(plan.compartments, key=lambda key: key.generation)
        pointers = _together(self._vault.readers.pointers(key, receipts=receipts) for key in keys)
        for parcel in chain(parcels, pointers):
            guard()
            self._mail.post(inbox, PARCEL, parcel.to_bytes(), document)
        return manifests

    def _nothing(self, consent: Consent, purpose: str) -> NothingToShare:
        keys = self._vault.keyring.compartments.all(consent.patient)
        classes = {each.compartment.resource_class.partition(".")[0] for each in keys}
        return NothingToShare(
            hex0x(consent.id),
            purpose=purpose,
            covers=describe(consent.terms),
            kept=", ".join(sorted(classes)),
            unknown=self._consents.actors.unknown(consent.terms, patient=consent.patient),
        )

    def _planned(self, plan: Plan) -> Iterable[Manifest]:
        for record, version in plan.records:
            yield self._vault.manifest(record.hex(), version=version)
        for key in plan.compartments:
            for entry in self._vault.keyring.entries.all(key.key_id):
                yield self._vault.manifest(entry.record.hex(), version=entry.version)


@dataclass
class _Unchanged:
    """By what a share was decided: where it changed meanwhile, nothing is given."""

    vault: Vault
    consent: Consent
    ended: int
    relabelled: int
    heard: frozenset[tuple[bytes, int]] = frozenset()

    @classmethod
    def of(cls, vault: Vault, consent: Consent) -> _Unchanged:
        ended = vault.grants.ended(hex0x(consent.id))
        return cls(vault, consent, ended, vault.keyring.relabelled(consent.patient))

    def hear(self) -> frozenset[tuple[bytes, int]]:
        patient = self.consent.patient
        parties = (self.consent.grantee, patient, self.vault.identity)
        return frozenset(chain.from_iterable(self.vault.heard.names(patient, e) for e in parties))

    def require(self) -> None:
        require_none(self.vault, self.consent)
        if not self.hear() <= self.heard:
            raise _meanwhile(self.consent, "another consent of this patient came meanwhile")
        if self.vault.grants.ended(hex0x(self.consent.id)) != self.ended:
            reason = "it was revoked here while it was shared"
            raise ConsentNotInForce(hex0x(self.consent.id), reason)
        if self.vault.keyring.relabelled(self.consent.patient) != self.relabelled:
            raise _meanwhile(self.consent, "a record of this patient was labelled anew meanwhile")


def _together(parcels: Iterable[Iterable[Parcel]]) -> Iterator[Parcel]:
    """Put the pointers of many small parcels into few: a letter costs a signature and a sealing."""
    pointers = chain.from_iterable(each.pointers for some in parcels for each in some)
    return pack((None, pointer) for pointer in pointers)


def _meanwhile(consent: Consent, reason: str) -> ConsentNotInForce:
    advice = "Share again: all is asked anew then"
    return ConsentNotInForce(hex0x(consent.id), reason, advice=advice)
