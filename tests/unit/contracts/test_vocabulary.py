"""Solidity and Python say the same words: every error and event has one class, field for field."""

import subprocess
import sys
from dataclasses import fields, is_dataclass

import pytest

from salus.chain.abi.catalogue import constructor
from salus.chain.abi.codec import Parameter
from salus.contracts import artifacts, reverts
from salus.contracts.event import Event
from salus.contracts.reverts import NamedRevert
from salus.contracts.specs import SPECS

ERRORS = {name: cls for spec in SPECS for name, cls in spec.errors().items()}
EVENTS = {name: cls for spec in SPECS for name, cls in spec.events().items()}
UNDECLARED = {
    each.__name__: each
    for each in NamedRevert.__subclasses__()
    if each.__module__ == reverts.__name__
}
"""Reverts that no ABI declares: reasons, panics, nothing at all."""


def entries(kind):
    """Each error or event that any ABI declares, once."""
    found = {}
    for contract in artifacts.names():
        for entry in artifacts.load(contract).abi:
            if entry["type"] == kind:
                found[entry["name"], str(entry["inputs"])] = entry
    return [pytest.param(entry, id=entry["name"]) for entry in found.values()]


def names(entry):
    return [Parameter.of(each).name for each in entry["inputs"]]


@pytest.mark.parametrize("entry", entries("error"))
def test_every_contract_error_is_an_exception_with_the_same_fields(entry):
    cls = ERRORS[entry["name"]]
    assert issubclass(cls, NamedRevert)
    assert [each.name for each in fields(cls)] == names(entry)
    assert cls.__doc__
    assert cls.message


@pytest.mark.parametrize("entry", entries("event"))
def test_every_contract_event_is_a_frozen_dataclass_with_the_same_fields(entry):
    cls = EVENTS[entry["name"]]
    assert issubclass(cls, Event)
    own = [each.name for each in fields(cls) if each not in fields(Event)]
    assert [name for name in own if name not in {f.name for f in fields(Event)}] == names(entry)
    assert cls.__dataclass_params__.frozen


def test_no_contract_error_class_is_left_without_an_error():
    declared = {param.values[0]["name"] for param in entries("error")}
    assert set(ERRORS) == declared


def test_no_event_class_is_left_without_an_event():
    declared = {param.values[0]["name"] for param in entries("event")}
    assert set(EVENTS) == declared


def test_every_artifact_has_a_spec():
    assert {spec.name for spec in SPECS} == set(artifacts.names())


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_constructor_is_given_what_its_spec_needs_and_settings(spec):
    by_parameter = {each.given_as: each.name for each in SPECS if each.given_as}
    settings = {"governance", "initial_delay", "naming_delay"}
    given = [each.name for each in constructor(spec.name) if each.name not in settings]
    assert tuple(by_parameter[name] for name in given) == spec.needs


def test_each_contract_is_made_after_those_that_it_is_given():
    made = [spec.name for spec in SPECS]
    assert all(set(spec.needs) <= set(made[:at]) for at, spec in enumerate(SPECS))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_contract_s_own_spec_has_what_its_abi_declares(spec):
    abi = artifacts.load(spec.name).abi
    assert {each["name"] for each in abi if each["type"] == "error"} <= set(spec.errors())
    assert {each["name"] for each in abi if each["type"] == "event"} <= set(spec.events())


@pytest.mark.parametrize("name", sorted({*ERRORS, *UNDECLARED}))
def test_every_message_can_be_written_and_says_what_to_do(name):
    cls = {**ERRORS, **UNDECLARED}[name]
    assert is_dataclass(cls)
    error = cls(**{each.name: sample(str(each.type)) for each in fields(cls)})
    text = str(error)
    assert "{" not in text
    assert ":" in text
    assert error.exit_code == 3


def sample(kind):
    from salus.contracts.drugs import values as models

    plain_values = {"str": "0x" + "11" * 20, "bytes": bytes(32), "int": 1_700_000_000}
    return plain_values[kind] if kind in plain_values else list(getattr(models, kind))[1]


def test_the_page_of_errors_is_current(root):
    command = [sys.executable, str(root / "scripts" / "errors_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
