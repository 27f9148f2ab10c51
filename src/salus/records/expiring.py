"""Consents that ended unseen: revoked by somebody else, lapsed, or past the time of their terms.

Nobody tells a custodian that a consent is over. Its keys stay shared, and new records go on
under keys that its reader holds, until somebody looks: run this daily.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-ending")
    >>> clinic.records.revoke_ended()
    Ended(consents=(), standing=0, unjudged=(), share_again=(), failed=())
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from salus.consents.documents import Consent, read_consent
from salus.consents.errors import ConsentNotInForce
from salus.errors import SalusError
from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.primitives.fence import fenced
from salus.primitives.times import utc
from salus.primitives.values import typed
from salus.records.facts import facts_of, facts_told
from salus.records.judging import Judge
from salus.records.revocations import is_consent, require_none
from salus.terms.request import Party, ResourceFacts
from salus.vault.sharing.sharing import Revocation
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from salus.consents.client import Consents
    from salus.records.consulting import Consulting
    from salus.records.grounds import Grounds
    from salus.records.holder import Holder
    from salus.records.telling import Telling


@dataclass(frozen=True, slots=True)
@typed
class EndedConsent:
    """A consent under which keys were given, and which no longer stands.

    Attributes:
        consent: Its id, or the name of an emergency key's shares.
        reason: Why.
        revocation: What was done to the keys; None where nothing was to be done.
    """

    consent: str
    reason: str
    revocation: Revocation | None = None


@dataclass(frozen=True, slots=True)
@typed
class Ended:
    """What became of the consents under which keys were given.

    Attributes:
        consents: Those that ended.
        standing: How many still stand.
        unjudged: Those given past the client, whose documents are not kept here.
        share_again: Those that stand and had a key that was rotated now: share with them again, so
            that their readers can open what is new.
        failed: Those that could not be judged now, and why: they stop no other. Run it again.
    """

    consents: tuple[EndedConsent, ...]
    standing: int
    unjudged: tuple[str, ...]
    share_again: tuple[str, ...]
    failed: tuple[tuple[str, SalusError], ...] = ()


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The block at which all are judged, who everybody was then, and what keys open."""

    block: int
    time: int
    party_of: Callable[[Address, Address], Party]
    opened_by: Mapping[bytes, tuple[str, ResourceFacts]]

    def patients(self, targets: Iterable[bytes]) -> set[str]:
        return {self.opened_by[each][0] for each in targets if each in self.opened_by}


class Expiring:
    """What a custodian does about consents that ended while nobody told it."""

    def __init__(
        self,
        holder: Holder,
        *,
        consents: Consents,
        consulting: Consulting,
        telling: Telling,
        grounds: Grounds,
    ) -> None:
        self._holder = holder
        self._vault = holder.vault
        self._consents = consents
        self._consulting = consulting
        self._telling = telling
        self._grounds = grounds

    @typed_arguments
    def revoke_ended(self, *, dry_run: bool = False) -> Ended:
        """Revoke in the key database every consent that no longer stands, and start new keys.

        A consent stands while the chain says so, its signature has not lapsed, no revocation of it
        was honoured here, and its terms still permit all that was given under it; an emergency
        key's shares stand until the patient refuses break-glass. All are judged at one block.
        Killed midway, or run again, it does what is left to do.

        Args:
            dry_run: Only tell.

        Returns:
            What ended, and with whom to share again. Of a consent whose terms ended in part all
            shares are dropped: share again what it still permits.

        Raises:
            TransactionOpen: A transaction of the key database is open; nothing was revoked.
            ChainError: The node does not answer: nothing could be judged.
            StorageError: The key database cannot be written.
        """
        self._vault.database.require_no_transaction()
        given = self._vault.grants.given()
        moment = self._moment({target for targets in given.values() for target in targets})
        reasons, failed = self._judged(given, moment)
        ended = [
            EndedConsent(each, why, None if dry_run else self._vault.readers.revoke(each))
            for each, why in sorted(reasons.items())
            if why
        ]
        if not dry_run:
            self._telling.tell_all(block=moment.block)  # out of reach, they are told the next time
        gone = {each.consent for each in ended}
        others = {
            each for one in ended if one.revocation is not None for each in one.revocation.others
        }
        return Ended(
            tuple(ended),
            sum(why == "" for why in reasons.values()),
            tuple(sorted(consent for consent, why in reasons.items() if why is None)),
            tuple(sorted(others - gone)),
            failed,
        )

    def _judged(
        self, given: Mapping[str, frozenset[bytes]], moment: _Snapshot
    ) -> tuple[dict[str, str | None], tuple[tuple[str, SalusError], ...]]:
        """Why each has ended; a signer that makes a node fail must not keep others from ending."""
        reasons: dict[str, str | None] = {}
        failed: list[tuple[str, SalusError]] = []
        for consent in sorted(given):
            try:
                reasons[consent] = self._why(consent, given[consent], moment)
            except SalusError as problem:
                failed.append((consent, problem))
        if failed and not reasons:
            raise failed[0][1]
        return reasons, tuple(failed)

    def _moment(self, targets: set[bytes]) -> _Snapshot:
        at = self._holder.chain.block()
        actors = self._consents.actors
        # Many consents name one grantee, and to ask for its roles takes a call for each.
        party_of = cache(lambda who, patient: actors.party(who, patient=patient, block=at.number))
        return _Snapshot(at.number, at.timestamp, party_of, dict(self._opening(targets)))

    def _opening(self, targets: set[bytes]) -> Iterator[tuple[bytes, tuple[str, ResourceFacts]]]:
        """Patient and facts of everything that some keys open, by key."""
        ring = self._vault.keyring
        keys = {key.key_id: key.compartment for key in ring.compartments.all()}
        for target in targets & set(keys):
            yield target, (keys[target].patient, facts_of(keys[target]))
        if targets <= set(keys):
            return
        for row in self._vault.database.records.all(self._vault.identity):
            if row.key_id in targets:
                entry = ring.entries.find(row.record, row.version)
                facts = facts_told(entry.facts)
                yield row.key_id, (entry.compartment.patient, facts)

    def _why(self, consent: str, targets: frozenset[bytes], moment: _Snapshot) -> str | None:
        """Why a consent has ended; empty while it stands, None where nobody can tell."""
        patients = moment.patients(targets)
        ended = self._grounds.find(consent)
        if ended is not None:
            named = [checked_address(each) for each in patients]
            return fenced(f"what judges the ground {consent}", partial(ended, named))
        grant = self._vault.grants.find(consent)
        if grant is None:
            return self._revoked_on_chain(consent, patients, moment)
        presented = read_consent(grant.document)
        try:
            self._consents.checks.require(presented, block=moment.block)
            require_none(self._vault, presented.consent)
        except ConsentNotInForce as problem:
            return problem.reason
        given = [moment.opened_by[each][1] for each in targets if each in moment.opened_by]
        alone = self._judge(presented.consent, moment)
        if not all(alone.permits_any(facts, grant.uses) for facts in given):
            return "its terms no longer permit all that was given under it"
        whose = presented.consent
        others = self._consulting.between(
            whose.patient, whose.grantee, custodian=self._holder.identity, block=moment.block
        )
        beside = replace(alone, others=others)
        if not all(beside.permits_any(facts, grant.uses) for facts in given):
            return "another consent denies some of what was given under it"
        return ""

    def _judge(self, consent: Consent, moment: _Snapshot) -> Judge:
        own = moment.party_of(self._holder.identity, consent.patient)
        return Judge(
            consent,
            (),
            recipient=moment.party_of(consent.grantee, consent.patient),
            custodian=own,
            author=own,
            block=moment.block,
            time=moment.time,
        )

    def _revoked_on_chain(
        self, consent: str, patients: Iterable[str], moment: _Snapshot
    ) -> str | None:
        if not is_consent(consent):
            return None
        consent_id = octets_of(consent)
        for patient in map(checked_address, patients):
            found = self._consents.checks.status(patient, consent_id, block=moment.block)
            if found.revoked_at:
                return f"the patient revoked it at {utc(found.revoked_at)}"
        return None
