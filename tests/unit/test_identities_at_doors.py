"""Where a door asks for an identity it takes who acts for one: a signer, an account, a client."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from tests.unit.test_wrong_types import client, doors

import salus
from salus.chain import SoftwarePasskey, development_account
from salus.primitives.address import Address, HasIdentity
from salus.primitives.arguments import hint_of

OTHER_ADDRESSES = {
    "delegate": "a key's address, which acts for an identity",
    "new_owner": "a key's address, which is to control an identity",
    "address": "a contract's, or an account's own",
    "registry": "a contract's",
    "to": "whom a transaction calls",
    "governance": "an account's own",
}
"""Parameters that take an address, and no identity, each with its reason."""
STORED = (
    "anchors.own_leaves",
    "chain.",
    "contracts.",
    "records.admitting",
    "records.telling",
    "records.patients.admitting",
    "records.patients.hold",
    "records.patients.let_go",
    "records.patients.require_same",
    "receipts.",
    "vault.",
)
"""Rooms where identities come from documents and rows, and not from an author."""
BY_HAND = ("vault.manifests", "vault.upkeep.rekey")
"""What an author calls of them all the same."""


def asked() -> Iterator[Any]:
    """Parameters of a client's verbs that are addresses."""
    seen = set[Any]()
    for label, function in doors():
        inner = inspect.unwrap(function)
        verb = label.removeprefix("me.")
        if not label.startswith("me.") or (verb.startswith(STORED) and verb not in BY_HAND):
            continue
        for name in inspect.signature(function).parameters:
            if name in OTHER_ADDRESSES or (inner, name) in seen:
                continue
            try:
                hint = hint_of(function, name)
            except (NameError, TypeError):
                continue
            if any(each == Address for each in kinds(hint)):
                seen.add((inner, name))
                yield pytest.param(hint, id=f"{verb}-{name}")


def kinds(hint: Any) -> list[Any]:
    """What is in a union, or in a list."""
    return [hint, *(kind for each in get_args(hint) for kind in kinds(each))]


@pytest.mark.parametrize("hint", asked())
def test_who_acts_for_an_identity_stands_for_it(hint: Any) -> None:
    assert HasIdentity in kinds(hint)


def test_the_table_has_every_facade() -> None:
    verbs = {str(each.id).partition("-")[0] for each in asked()}
    wanted = "accreditations.holds accreditations.accredit anchors.append anchors.history.head"
    wanted += " consents.propose consents.checks.epoch consents.revoke consents.revocations.sign"
    wanted += " drugs.products.register drugs.lots.held emergencies.windows.open thefts.clear"
    wanted += " emergencies.keeping.deposit identities.control.rotate identities.guardians.set"
    wanted += " identities.recovery.approve mail.directory.find mail.letters.renew mail.trust"
    wanted += " records.add records.patients.say records.search vault.manifests vault.upkeep.rekey"
    assert set(wanted.split()) - verbs == set()


PATIENT = client().passkey(SoftwarePasskey.create("salus.example"))
CLINIC = development_account(2)
WHO: dict[str, tuple[Any, str]] = {
    "a passkey": (PATIENT, PATIENT.identity),
    "an account": (CLINIC, CLINIC.identity),
    "a client": (client(), client().identity),
}
ANSWERS: dict[str, Callable[[salus.Salus, Any], Any]] = {
    "accreditations": lambda me, who: me.accreditations.roles(who),
    "anchors": lambda me, who: me.anchors.history.head_id(who, "records"),
    "consents": lambda me, who: me.consents.checks.epoch(who),
    "emergencies": lambda me, who: me.emergencies.windows.opted_out(who),
    "identities": lambda me, who: me.identities.did(who),
    "control": lambda me, who: me.identities.control.owner(who),
    "mail": lambda me, who: me.mail.directory.ever_named(who),
    "patients": lambda me, who: me.records.patients.of(who),
    "thefts": lambda me, who: me.thefts.leftovers(who),
    "vault": lambda me, who: list(me.vault.manifests(issuer=who)),
}


@pytest.mark.parametrize("facade", ANSWERS)
@pytest.mark.parametrize("kind", WHO)
def test_each_answers_as_for_the_address(facade: str, kind: str) -> None:
    who, address = WHO[kind]
    assert ANSWERS[facade](client(), who) == ANSWERS[facade](client(), address)


def test_a_patients_consent_ends_by_its_signer_alone() -> None:
    me = client()
    consent = me.consents.propose(PATIENT, me, salus.Terms.permit("TREAT"))
    me.consents.grant(consent, by=PATIENT)
    me.consents.revoke(PATIENT, consent.id, by=PATIENT)
    assert me.consents.checks.status(PATIENT, consent.id).revoked_at
