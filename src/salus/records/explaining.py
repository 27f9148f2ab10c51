"""Who can see a record, for what, by which consent, since when; and what another consent changes.

What is said is what sharing and opening decide: each use is asked of the same judge.

Example:
    >>> import salus
    >>> from salus.demo.samples import bundle_bytes
    >>> clinic = salus.connect("tester", storage="memory://example-explaining")
    >>> patient, insurer = "0x" + "12" * 20, "0x" + "34" * 20
    >>> record = clinic.records.add_bundle(bundle_bytes(), patient=patient).records[0]
    >>> clinic.records.explain(record)
    ()
    >>> asked = clinic.consents.propose(patient, insurer, salus.Terms.permit("HPAYMT"))
    >>> changed = clinic.records.what_if(asked)
    >>> len(changed), widest(changed[0].gained[0].purposes)
    (12, ('HPAYMT',))
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from salus.consents.documents import Consent, consent_of
from salus.consents.states import ConsentState
from salus.errors import InputError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.records.facts import facts_told
from salus.records.judging import Judge
from salus.records.naming import manifest_of
from salus.terms.evaluation import may_deny
from salus.terms.purposes import BREAK_THE_GLASS, PURPOSES
from salus.terms.request import Outcome, ResourceFacts
from salus.terms.vocabulary import Action
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.chain import Block
    from salus.consents.client import Consents
    from salus.consents.documents import Presented
    from salus.records.consulting import Consulting
    from salus.records.holder import Holder
    from salus.records.listing import RecordListing
    from salus.records.naming import AnyRecord
    from salus.vault.documents.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Access:
    """What somebody may do with a record under one consent.

    Attributes:
        grantee: Who.
        consent: The consent's id, 32 bytes.
        action: What may be done.
        purposes: For what: every code that is permitted, the narrower ones too.
        conditional: Whether conditions in words must be read and met first.
        since: From when on, Unix seconds: the consent's registration, or when it was kept here.
        until: When the consent's terms end, Unix seconds; None where they do not.
        shared: Whether keys of the record were given out under it.
    """

    grantee: Address
    consent: bytes
    action: Action
    purposes: frozenset[str]
    conditional: bool
    since: int
    until: int | None
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class AccessChange:
    """What a consent would change for one record.

    Attributes:
        record: The record's id.
        kind: Its class.
        gained: What would be permitted that is not.
        lost: What would be permitted no more.
    """

    record: str
    kind: str
    gained: tuple[Access, ...]
    lost: tuple[Access, ...]


@dataclass(frozen=True, slots=True)
@typed
class DatedConsent:
    """A consent in force, and since when."""

    consent: Consent
    since: int


def uses_of(judge: Judge, facts: ResourceFacts) -> Iterator[tuple[Action, bool, frozenset[str]]]:
    """For each action the purposes that a judge permits at once, and those under conditions."""
    for action in Action:
        found: dict[Outcome, set[str]] = defaultdict(set)
        for purpose in PURPOSES.codes:
            found[judge.decide(facts, purpose=purpose, action=action).outcome].add(purpose)
        for outcome in (Outcome.PERMIT, Outcome.PERMIT_WITH_RESIDUAL):
            if found[outcome]:
                yield action, outcome is not Outcome.PERMIT, frozenset(found[outcome])


def widest(purposes: frozenset[str]) -> tuple[str, ...]:
    """The fewest words that say a set of purposes: a code with all within it, or ``CODE only``."""
    whole = {code for code in purposes if {*PURPOSES.within(code)} - {BREAK_THE_GLASS} <= purposes}
    covered = {inner for code in whole for inner in PURPOSES.within(code) if inner != code}
    left = sorted(purposes - covered, key=PURPOSES.bit)
    return tuple(code if code in whole else f"{code} only" for code in left)


class _Situation:
    """The consents of one patient in force at one block, and whom they name."""

    def __init__(
        self,
        holder: Holder,
        consents: Consents,
        given: Sequence[DatedConsent],
        closing: Sequence[Consent],
        *,
        at: Block,
    ) -> None:
        self._holder, self._consents = holder, consents
        self._given, self._closing, self._at = given, closing, at
        self.accesses = cache(self._accesses)

    @classmethod
    def now(
        cls, holder: Holder, consents: Consents, consulting: Consulting, patient: Address
    ) -> _Situation:
        at = holder.chain.block()
        block = at.number
        given, closing = [], list[Consent]()
        for heard in holder.vault.heard.all():
            presented, state = consulting.judged(heard, block=block)
            consent = presented.consent
            if consent.patient == patient and state is ConsentState.STANDS:
                granted = consents.checks.status(patient, consent.id, block=block).granted_at
                given.append(DatedConsent(consent, granted or heard.kept_at))
        for who in {each.consent.grantee for each in given} | {holder.identity, patient}:
            closing += consulting.between(patient, who, custodian=holder.identity, block=block)
        return cls(holder, consents, given, list(dict.fromkeys(closing)), at=at)

    def with_consent(self, new: Consent, *, instead_of: bytes | None) -> _Situation:
        """As it would be if a consent were in force."""
        given = [each for each in self._given if each.consent.id not in (instead_of, new.id)]
        closing = [each for each in self._closing if each.id not in (instead_of, new.id)]
        starting = [*given, DatedConsent(new, self._at.timestamp)]
        return _Situation(
            self._holder,
            self._consents,
            starting,
            [*closing, *([new] if may_deny(new.terms) else [])],
            at=self._at,
        )

    def _accesses(self, facts: ResourceFacts) -> tuple[Access, ...]:
        """Everything that consents permit to others than the custodian itself."""
        found = [
            self._access(each, uses)
            for each in self._given
            if each.consent.grantee != self._holder.identity
            for uses in uses_of(self._judge(each.consent), facts)
        ]
        return tuple(sorted(found, key=lambda each: (each.grantee, each.consent, each.action)))

    def _access(self, given: DatedConsent, uses: tuple[Action, bool, frozenset[str]]) -> Access:
        (action, conditional, purposes), validity = uses, given.consent.terms.base.validity
        start = None if validity is None else validity.start
        return Access(
            grantee=given.consent.grantee,
            consent=given.consent.id,
            action=action,
            purposes=purposes,
            conditional=conditional,
            since=max(given.since, start or 0),
            until=None if validity is None else validity.end,
        )

    def _judge(self, consent: Consent) -> Judge:
        actors, block = self._consents.actors, self._at.number
        own = self._holder.identity
        parties = (own, consent.grantee, consent.patient)
        me = actors.party(own, patient=consent.patient, block=block)
        return Judge(
            consent,
            tuple(each for each in self._closing if each.grantee in parties),
            recipient=actors.party(consent.grantee, patient=consent.patient, block=block),
            custodian=me,
            author=me,
            block=block,
            time=self._at.timestamp,
        )


class Explaining:
    """Who can see the records of a vault, and why."""

    def __init__(
        self, holder: Holder, *, consents: Consents, consulting: Consulting, listing: RecordListing
    ) -> None:
        self._holder, self._vault = holder, holder.vault
        self._consents, self._consulting, self._listing = consents, consulting, listing

    @typed_arguments
    def explain(self, record: AnyRecord) -> tuple[Access, ...]:
        """Say who can see a record of one's own: for what, by which consent, since when.

        Besides the custodian itself, and custodians of emergency keys in an open window.

        Args:
            record: The record, its manifest or its id.

        Returns:
            One entry for each grantee, consent, action, and whether it is conditional.

        Raises:
            MissingRecord: It is not kept here.
            InputError: It is another's.
            ChainError: The node does not answer.
        """
        manifest = self._own(record)
        patient, facts = self._about(manifest)
        now = _Situation.now(self._holder, self._consents, self._consulting, patient)
        given, keys = self._vault.grants.given(), self._keys(manifest)
        return tuple(
            replace(each, shared=bool(keys & given.get(hex0x(each.consent), frozenset())))
            for each in now.accesses(facts)
        )

    @typed_arguments
    def what_if(
        self,
        consent: Consent | Presented,
        *,
        replacing: bytes | None = None,
        records: Iterable[AnyRecord] | None = None,
    ) -> tuple[AccessChange, ...]:
        """Say what a consent would change, record by record, before it is signed.

        Args:
            consent: The consent, as it was proposed or signed.
            replacing: The id of one that would end with it, 32 bytes.
            records: Which records; all of the patient's that are kept here when None.

        Returns:
            The records for which something would change, oldest first.

        Raises:
            InputError: A record is another patient's.
            ChainError: The node does not answer.
        """
        new = consent_of(consent)
        now = _Situation.now(self._holder, self._consents, self._consulting, new.patient)
        then = now.with_consent(new, instead_of=replacing)
        changed = []
        for manifest in self._records(new.patient, records):
            _, facts = self._about(manifest)
            gained, lost = _compared(now.accesses(facts), then.accesses(facts))
            if gained or lost:
                kind = facts.resource_class
                changed.append(
                    AccessChange(record=manifest.record_id, kind=kind, gained=gained, lost=lost)
                )
        return tuple(changed)

    def _own(self, record: AnyRecord) -> Manifest:
        manifest = manifest_of(record) or self._vault.manifest(str(record))
        if manifest.issuer != self._vault.identity:
            raise InputError(
                f"record {manifest.record_id} is {manifest.issuer}'s: ask its custodian who sees it"
            )
        return manifest

    def _about(self, manifest: Manifest) -> tuple[Address, ResourceFacts]:
        entry = self._vault.keyring.entries.find(manifest.record, manifest.version)
        return entry.compartment.patient, facts_told(entry.facts)

    def _keys(self, manifest: Manifest) -> frozenset[bytes]:
        row = self._vault.database.records.find(
            self._vault.identity, manifest.record, manifest.version
        )
        return frozenset() if row is None else frozenset({row.key_id, row.sealed_under})

    def _records(self, patient: Address, records: Iterable[AnyRecord] | None) -> Iterator[Manifest]:
        if records is None:
            yield from (each.manifest for each in self._listing.search(patient=patient))
            return
        for each in records:
            manifest = self._own(each)
            if self._about(manifest)[0] != patient:
                raise InputError(
                    f"record {manifest.record_id} is another patient's than who would consent:"
                    " name records of that patient, or none"
                )
            yield manifest


def _compared(
    before: Sequence[Access], after: Sequence[Access]
) -> tuple[tuple[Access, ...], tuple[Access, ...]]:
    """What a grantee may do by any consent after, and not before; and the other way round."""
    return _beyond(after, before), _beyond(before, after)


def _beyond(some: Sequence[Access], others: Sequence[Access]) -> tuple[Access, ...]:
    known = {
        (each.grantee, each.action, each.conditional, purpose)
        for each in others
        for purpose in each.purposes
    }
    found = []
    for each in some:
        name = (each.grantee, each.action, each.conditional)
        left = frozenset(purpose for purpose in each.purposes if (*name, purpose) not in known)
        found += [replace(each, purposes=left)] if left else []
    return tuple(found)
