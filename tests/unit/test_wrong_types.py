"""Whatever is given in the place of what a room's door asks for: one of our errors.

A room joins by its name in ROOMS; what its parameters want, and whose methods are called, by type
in RIGHT. Constructors of values are held by tests/unit/primitives/test_values.py.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from salus import (
    Account,
    Terms,
    accreditations,
    connect,
    consents,
    fhir,
    identities,
    terms,
    thefts,
)
from salus.consents import ConsentFolder
from salus.consents.documents import unsigned
from salus.errors import SalusError
from salus.primitives.roles import Role
from salus.primitives.statement import SaltedStatement
from salus_verify.log import Checkpoint

ROOMS = (accreditations, consents, fhir, identities, terms, thefts)
PARTS = (
    *("anchors", "anchors.history", "anchors.log", "anchors.proofs"),
    *("emergencies.access", "emergencies.custodians", "emergencies.windows"),
    *("identities.changes", "identities.control", "identities.guardians", "identities.recovery"),
)
"""What a client has besides, as its attributes."""
OPEN = {
    "block": "of a node, which says what it is",
    "context": "any JSON",
    "around": "what the room walked itself",
    "tree": "what the room walked itself",
}
"""Parameters that take what others define."""


class Wrong:
    """Of no type that anything takes."""


WRONG = (Wrong(), 1.5, {1: 2})


@cache
def right() -> dict[str, Any]:
    """A fitting argument, or an object whose methods are called, by the name of its type."""
    me = connect("tester", storage="memory://wrong-types")
    consent = me.consents.propose(me, Account.create(), Terms.permit("TREAT"))
    facts = terms.ResourceFacts(resource_class="Observation")
    request = terms.Request(action=terms.Action.ACCESS, purpose="TREAT", resource=facts, at=0)
    decision = terms.evaluate(consent.terms, request, consent_id=bytes(32), block=0)
    me.anchors.append("audit", [bytes(32)])
    proof = me.anchors.proofs.prove("audit", bytes(32))
    guardians = identities.GuardianSet.of([Account.create().identity], threshold=1)
    return {
        "Account": me.account,
        "Accreditations": me.accreditations,
        "Anchored": proof.anchored,
        "Deposit": None,
        "SignedRequest": None,
        "EmergencyCard": None,
        "GuardianSet": guardians,
        "Identities": me.identities,
        "Inclusion": proof,
        "Salus": me,
        "SaltedStatement": SaltedStatement.of("unconscious"),
        "Thefts": me.thefts,
        "Actor": terms.Actor.role(Role.PAYER),
        "Address": me.identity,
        "CodeTable": terms.CLASSES,
        "Consent": consent,
        "ConsentChecks": me.consents.checks,
        "ConsentFolder": ConsentFolder(Path("/nowhere"), me.consents.checks),
        "Checkpoint": Checkpoint(bytes(32), bytes(32), 1),
        "Consents": me.consents,
        "Deadline": 4_000_000_000,
        "Decision": decision,
        "Iterable": [decision],
        "Mapping": terms.to_json(consent.terms),
        "Moment": 0,
        "Part": terms.Part.AUTHOR,
        "Period": terms.Period(start=0),
        "Presented": unsigned(consent),
        "Request": request,
        "Resource": next(iter(fhir.resources(b'{"resourceType":"Observation","id":"a"}'))),
        "ResourceFacts": facts,
        "Revocations": me.consents.revocations,
        "Role": Role.PAYER,
        "Rule": consent.terms.base,
        "Sequence": [consent],
        "Signer": me.account,
        "SignedConsent": unsigned(consent),
        "SignedRevocation": me.consents.revocations.sign(me.identity, bytes(32), by=me.account),
        "Terms": consent.terms,
        "bool": True,
        "bytes": bytes(32),
        "dict": {"resourceType": "Observation"},
        "frozenset": frozenset({"Observation"}),
        "int": 0,
        "str": "Observation",
    }


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for room in ROOMS:
        for name in room.__all__:
            found = getattr(room, name)
            if inspect.isfunction(found):
                yield f"{room.__name__}.{name}", found
            elif inspect.isclass(found) and not issubclass(found, BaseException):
                owner = right().get(found.__name__, found)
                for method, function in inspect.getmembers(owner, inspect.ismethod):
                    if not method.startswith("_"):
                        yield f"{room.__name__}.{name}.{method}", function

    for part in PARTS:
        owner = attrgetter(part)(right()["Salus"])
        for method, function in inspect.getmembers(owner, inspect.ismethod):
            if not method.startswith("_"):
                yield f"{part}.{method}", function


def calls() -> Iterator[Any]:
    for label, function in functions():
        for name, parameter in inspect.signature(function).parameters.items():
            if name not in OPEN and "Any" not in re.findall(r"^\w+", str(parameter.annotation)):
                yield pytest.param(function, name, id=f"{label}-{name}")


def given(function: Callable[..., Any], name: str, wrong: Any) -> tuple[list[Any], dict[str, Any]]:
    """Fitting arguments for all but one parameter; what need not be given is left out."""
    values: dict[str, Any] = {}
    for each, parameter in inspect.signature(function).parameters.items():
        if each == name and parameter.kind is parameter.VAR_KEYWORD:
            values["classes"] = wrong
        elif each == name and parameter.kind is parameter.VAR_POSITIONAL:
            return [wrong], values
        elif each == name:
            values[each] = wrong
        elif parameter.default is parameter.empty and "VAR" not in parameter.kind.name:
            values[each] = right()[_kind(parameter)]
    return [], values


def _kind(parameter: inspect.Parameter) -> str:
    """The first type that fits, without its module and what is in it."""
    return re.split(r"[\[ ]", str(parameter.annotation))[0].split(".")[-1]


@pytest.mark.parametrize(("function", "name"), calls())
def test_a_wrong_type_gets_one_of_our_errors(function: Callable[..., Any], name: str) -> None:
    annotation = str(inspect.signature(function).parameters[name].annotation)
    refused = 0
    for wrong in WRONG:
        args, kwargs = given(function, name, wrong)
        try:
            found = function(*args, **kwargs)
            list(found) if inspect.isgenerator(found) else None
        except SalusError:
            refused += 1
        else:
            assert isinstance(wrong, dict), f"{name} takes {wrong!r}"
            assert "Mapping" in annotation or "dict" in annotation
    assert refused >= 2


def test_the_table_has_every_door() -> None:
    labels = {label for label, _ in functions()}
    wanted = "consents.read_consent consents.Consents.sign consents.ConsentChecks.decide"
    wanted += " consents.Revocations.submit consents.ConsentFolder.keep fhir.from_fhir"
    wanted += " terms.Terms.permit terms.Actor.role terms.Period.contains terms.evaluate"
    assert {f"salus.{each}" for each in wanted.split()} <= labels
