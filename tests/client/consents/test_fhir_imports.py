"""Every Consent that others published is imported, or refused with its reason, by element."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ihe_consents import EXAMPLES, POLICIES, document

from salus import Account, Salus, connect
from salus.fhir.consent_checking import actor_places, check_consent
from salus.fhir.errors import ConsentNotUsable

HL7 = Path(__file__).parents[4] / "shared/data/fhir-r4-examples"
NAMES = sorted(each.stem.removeprefix("consent-") for each in HL7.glob("consent-*.json"))
CLINIC = Account.create()

FITS = ()
OVER = "provision.period.end"
HL7_TABLE = {
    "example": ("provision.type", OVER),
    "example-Emergency": ("category[0]", "provision.type"),
    "example-Out": ("provision.type",),
    "example-notAuthor": ("provision.type",),
    "example-notOrg": FITS,
    "example-notThem": ("provision.type",),
    "example-notTime": ("provision.type", OVER),
    "example-pkb": (
        "provision.type",
        *(f"provision.provision[{at}].type" for at in range(11)),
    ),
    "example-signature": (
        "category[0]",
        "provision.type",
        "provision.provision[0].class[0]",
        "provision.provision[0].code",
        OVER,
    ),
}
"""What keeps HL7's own examples from being imported as they are; OVER does so for good."""
IHE_TABLE = dict.fromkeys(EXAMPLES, FITS) | {
    "expired-treat": (OVER,),
    "encounter": ("provision.data[0]",),
    "not-encounter": ("provision.provision[0].data[0]",),
    "data": ("provision.data[0]", "provision.data[1]"),
    "not-data": ("provision.provision[0].data[0]",),
    "purpose": ("provision.purpose[0]",),
    "focused-restricted": ("provision.provision[0].securityLabel",),
    "focused-psy": ("provision.provision[0].securityLabel",),
    "focused-psy-or-sdv": ("provision.provision[0].securityLabel",),
    "break-glass-restricted": ("provision.provision[0].securityLabel",),
}
"""Likewise those of IHE's Privacy Consent on FHIR: basic, intermediate and advanced."""


@pytest.fixture(scope="module")
def me() -> Salus:
    """A patient who said whom all names in the examples mean."""
    client = connect("tester", storage="memory://fhir-imports")
    names = {name for data in everything() for _, name in actor_places(data)}
    for name in sorted(names):
        client.consents.actors.state(CLINIC, name)
    return client


def everything() -> list[bytes]:
    published = [path.read_bytes() for path in sorted(HL7.glob("consent-*.json"))]
    return published + [document(name) for name in EXAMPLES]


def refusals(me: Salus, data: bytes, *, residual: bool) -> tuple[str, ...]:
    try:
        found = me.consents.fhir.propose(
            data, CLINIC, patient=me, policies=POLICIES, residual=residual
        )
    except ConsentNotUsable as refused:
        return tuple(path.removeprefix("Consent.") for path, _ in refused.problems)
    assert found.consent.terms == check_consent(data, policies=POLICIES).terms
    return ()


def comes_back(me: Salus, data: bytes) -> bool:
    proposal = me.consents.fhir.propose(data, CLINIC, patient=me, policies=POLICIES, residual=True)
    signed = me.consents.fhir.sign(proposal, by=me.account)
    return me.consents.fhir.export(signed.consent.id).data == data


@pytest.mark.skipif(not NAMES, reason="HL7's examples are not on this machine")
def test_each_example_of_hl7_has_its_row() -> None:
    assert sorted(HL7_TABLE) == NAMES


@pytest.mark.skipif(not NAMES, reason="HL7's examples are not on this machine")
@pytest.mark.parametrize("name", HL7_TABLE)
def test_an_example_of_hl7_is_imported_or_refused(me: Salus, name: str) -> None:
    data = (HL7 / f"consent-{name}.json").read_bytes()
    assert set(refusals(me, data, residual=False)) == set(HL7_TABLE[name])
    is_over = OVER in HL7_TABLE[name]
    assert refusals(me, data, residual=True) == ((OVER,) if is_over else ())
    assert is_over or comes_back(me, data)


@pytest.mark.parametrize("name", IHE_TABLE)
def test_an_example_of_ihe_is_imported_or_refused(me: Salus, name: str) -> None:
    data = document(name)
    assert set(refusals(me, data, residual=False)) == set(IHE_TABLE[name])
    is_over = OVER in IHE_TABLE[name]
    assert refusals(me, data, residual=True) == ((OVER,) if is_over else ())
    assert is_over or comes_back(me, data)
