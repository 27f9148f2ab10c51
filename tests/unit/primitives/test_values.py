"""Every public value type refuses or coerces what is not of its declared types, when it is made."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import salus
from salus.consents.documents import Consent
from salus.errors import InvalidValue
from salus.primitives.values import coerce_fields, coercers, typed
from salus.terms import Action, Effect, Period, Request, ResourceFacts, Rule, Terms, evaluate

FRONTS = ("salus.cli", "salus.demo", "salus.testing")
ROWS = "salus.vault.database.rows"
"""What SQLite gave, under a MAC of its own."""


def public_values() -> Iterator[type]:
    for module in pkgutil.walk_packages(salus.__path__, "salus."):
        if module.name.startswith((*FRONTS, ROWS)) or module.name.endswith("__main__"):
            continue
        for name, found in vars(importlib.import_module(module.name)).items():
            own = inspect.isclass(found) and found.__module__ == module.name
            if own and dataclasses.is_dataclass(found) and not name.startswith("_"):
                assert isinstance(found, type)
                yield found


APART = {"Resource": "what was parsed, and as large; nothing that is signed holds it"}
AS_THEY_ARE = {
    ("Artifact", "abi"): "of the package's own files",
    ("NewRecord", "source"): "a stream",
}
VALUES = [
    each
    for each in public_values()
    if each.__dataclass_params__.frozen and each.__name__ not in APART
]
FIELDS = [
    pytest.param(kind, each.name, id=f"{kind.__module__}.{kind.__qualname__}.{each.name}")
    for kind in VALUES
    for each in dataclasses.fields(kind)  # type: ignore[arg-type]
    if each.init and (kind.__name__, each.name) not in AS_THEY_ARE
]


def can_change(value: Any) -> bool:
    if isinstance(value, list | set | dict | bytearray):
        return True
    if isinstance(value, Mapping):
        return any(can_change(each) for each in value.values())
    return isinstance(value, tuple | frozenset) and any(can_change(each) for each in value)


class Stranger:
    """Of a type that nothing declares."""


def is_open(hint: Any) -> bool:
    """Whether any type fits: then only what can be changed is replaced."""
    return (
        hint in (Any, object)
        or any(is_open(each) for each in get_args(hint) if get_origin(hint) is types.UnionType)
        or bool(getattr(hint, "_is_protocol", False))
    )


def test_the_table_names_the_values_that_applications_use() -> None:
    names = {each.__name__ for each in VALUES}
    wanted = "Terms Rule Actor Period Party Request ResourceFacts Decision Consent SignedConsent"
    wanted += " BatchedConsent SignedRevocation Lot Shipment Manifest NewVersion RecordKey"
    wanted += " CompartmentKey Compartment RecordFacts GuardianSet Event"
    assert set(wanted.split()) <= names
    assert len(VALUES) > 120


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_public_value_checks_its_types_when_it_is_made(kind: Any) -> None:
    assert hasattr(kind.__post_init__, "checks_types"), "put @typed below @dataclass"
    assert {name for name, _ in coercers(kind)} == {
        each.name for each in dataclasses.fields(kind) if each.init
    }


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_wrong_type_is_refused(kind: Any, name: str) -> None:
    coerce = dict(coercers(kind))[name]
    if is_open(get_type_hints(kind)[name]):
        assert not can_change(coerce([1, {"a": [2]}]))
        return
    one = object.__new__(kind)
    for each in dataclasses.fields(kind):
        object.__setattr__(one, each.name, Stranger())
    with pytest.raises(InvalidValue) as refused:
        coerce_fields(one)
    assert refused.value.owner == kind.__name__
    with pytest.raises(Exception, match="must be"):
        coerce(Stranger())


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_what_a_field_takes_in_nobody_can_change(kind: Any, name: str) -> None:
    coerce = dict(coercers(kind))[name]
    taken = [
        fits for each in ([], set(), {}, bytearray()) if (fits := _fits(coerce, each)) is not None
    ]
    assert not any(can_change(each) for each in taken)
    containers = ("set", "tuple", "Sequence", "Mapping", "bytes", "list", "dict")
    declared = str(kind.__annotations__.get(name, ""))
    if declared.startswith(containers) and "tuple[" not in declared:
        assert taken


def _fits(coerce: Callable[[Any], Any], value: Any) -> Any:
    try:
        return coerce(value)
    except Exception:  # it does not fit, which is the other test's
        return None


# -- what the types mean ----------------------------------------------------------------------


class Colour(IntEnum):
    RED = 0
    DEEP_BLUE = 1


class Way(StrEnum):
    IN = "inwards"


@dataclass(frozen=True)
@typed
class Thing:
    number: int = 0
    truth: bool = False
    colour: Colour = Colour.RED
    way: Way | None = None
    names: frozenset[str] = frozenset()
    parts: tuple[Colour, ...] = ()
    pair: tuple[int, str] = (0, "")
    notes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    data: bytes = b""


def test_enums_come_by_value_or_by_name() -> None:
    for given in (1, "deep_blue", "DEEP-BLUE", Colour.DEEP_BLUE):
        assert Thing(colour=given).colour is Colour.DEEP_BLUE  # type: ignore[arg-type]
    assert Thing(way="inwards").way is Thing(way="in").way is Way.IN  # type: ignore[arg-type]
    for bad in (True, 1.0, "1", "green", 7, None):
        with pytest.raises(InvalidValue, match=r"colour must be a Colour \(red, deep_blue\)"):
            Thing(colour=bad)  # type: ignore[arg-type]


def test_numbers_and_truths_are_told_apart() -> None:
    for bad in (True, 1.0, "1", None):
        with pytest.raises(InvalidValue, match="number must be int"):
            Thing(number=bad)  # type: ignore[arg-type]
    for bad in (1, "yes", None):
        with pytest.raises(InvalidValue, match="truth must be True or False"):
            Thing(truth=bad)  # type: ignore[arg-type]
    assert type(Thing(number=Colour.DEEP_BLUE).number) is int


def test_one_text_is_no_set_of_letters() -> None:
    with pytest.raises(InvalidValue, match="names must be a set of str, not str"):
        Thing(names="TREAT")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="names must be str, not int"):
        Thing(names={1})  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="pair must be 2 values, not 3"):
        Thing(pair=(1, "a", "b"))  # type: ignore[arg-type]


def test_what_a_caller_changes_afterwards_changes_nothing() -> None:
    names, parts, notes, data = {"a"}, [0], {"a": [1]}, bytearray(b"a")
    thing = Thing(names=names, parts=parts, notes=notes, data=data)  # type: ignore[arg-type]
    before = repr(thing)
    names.add("b"), parts.append(1), notes["a"].append(2), data.extend(b"b")
    assert repr(thing) == before
    assert thing.parts == (Colour.RED,)


def test_a_message_shows_no_secret() -> None:
    with pytest.raises(InvalidValue) as refused:
        Thing(data="s3cret")  # type: ignore[arg-type]
    assert "s3cret" not in str(refused.value)


# -- what once failed open --------------------------------------------------------------------

PATIENT, CLINIC = "0x" + "12" * 20, "0x" + "34" * 20


def test_a_deny_by_name_denies_in_the_process_that_made_it() -> None:
    exception = Rule(effect="deny", sensitivities={"PSY"})  # type: ignore[arg-type]
    terms = Terms(base=Rule(effect="permit"), exceptions=[exception])  # type: ignore[arg-type]
    asked = Request(
        action="access",  # type: ignore[arg-type]
        purpose="TREAT",
        at=0,
        resource=ResourceFacts(resource_class="Condition", sensitivities=["PSY"]),  # type: ignore[arg-type]
    )
    assert exception.effect is Effect.DENY
    assert asked.action is Action.ACCESS
    assert not evaluate(terms, asked, consent_id=bytes(32), block=1).permits


def test_the_id_of_a_consent_never_changes() -> None:
    purposes, sensitivities, salt = {"TREAT"}, {"PSY"}, bytearray(32)
    deny = Rule(effect=Effect.DENY, sensitivities=sensitivities)  # type: ignore[arg-type]
    exceptions = [deny]
    terms = Terms(
        base=Rule(effect=Effect.PERMIT, purposes=purposes),  # type: ignore[arg-type]
        exceptions=exceptions,  # type: ignore[arg-type]
    )
    consent = Consent(PATIENT, CLINIC, terms, salt, bytes(32))  # type: ignore[arg-type]
    before = (consent.id, consent.terms_digest, consent.as_message())
    purposes.add("HMARKT")
    sensitivities.clear()
    exceptions.clear()
    salt[0] = 1
    assert (consent.id, consent.terms_digest, consent.as_message()) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"effect": "allow"},
        {"effect": None},
        {"effect": True},
        {"effect": Effect.DENY, "actions": "access"},
        {"effect": Effect.DENY, "purposes": "TREAT"},
        {"effect": Effect.DENY, "confidentiality": 9},
        {"effect": Effect.DENY, "validity": (0, 1)},
        {"effect": Effect.DENY, "actors": {"0x" + "12" * 20}},
        {"effect": Effect.PERMIT, "never_to_payer": "no"},
        {"effect": Effect.PERMIT, "residual": "00" * 32},
        {"effect": Effect.PERMIT, "redisclosure_depth": 1.5},
    ],
)
def test_a_rule_of_wrong_types_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        Rule(**wrong)


def test_a_time_is_whole_seconds() -> None:
    for side in (1.5, "2026", True):
        with pytest.raises(InvalidValue, match=r"Period\.start must be a date, a datetime or"):
            Period(start=side)  # type: ignore[arg-type]
