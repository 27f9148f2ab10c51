"""Solidity and Python say the same words: every error and event has one class, field for field."""

import subprocess
import sys
from dataclasses import fields, is_dataclass

import pytest

from salus import artifacts, errors, events
from salus.chain.codec import Parameter
from salus.errors import NamedRevert
from salus.errors import contracts as contract_errors
from salus.errors.contracts import plain
from salus.events import Event


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
    cls = getattr(errors, entry["name"])
    assert issubclass(cls, NamedRevert)
    assert [each.name for each in fields(cls)] == names(entry)
    assert cls.__doc__
    assert cls.message


@pytest.mark.parametrize("entry", entries("event"))
def test_every_contract_event_is_a_frozen_dataclass_with_the_same_fields(entry):
    cls = getattr(events, entry["name"])
    assert issubclass(cls, Event)
    own = [each.name for each in fields(cls) if each not in fields(Event)]
    assert [name for name in own if name not in {f.name for f in fields(Event)}] == names(entry)
    assert cls.__dataclass_params__.frozen


def test_no_contract_error_class_is_left_without_an_error():
    declared = {param.values[0]["name"] for param in entries("error")}
    ours = {name for name in contract_errors.__all__ if name != "NamedRevert"}
    unnamed = {name for name in plain.__dict__ if name in ours}
    assert ours - unnamed == declared


def test_no_event_class_is_left_without_an_event():
    declared = {param.values[0]["name"] for param in entries("event")}
    assert {name for name in events.__all__ if name != "Event"} == declared


@pytest.mark.parametrize("name", [n for n in contract_errors.__all__ if n != "NamedRevert"])
def test_every_contract_error_is_exported(name):
    assert name in errors.__all__
    assert getattr(errors, name) is getattr(contract_errors, name)


@pytest.mark.parametrize("name", [n for n in contract_errors.__all__ if n != "NamedRevert"])
def test_every_message_can_be_written_and_says_what_to_do(name):
    cls = getattr(contract_errors, name)
    assert is_dataclass(cls)
    error = cls(**{each.name: sample(str(each.type)) for each in fields(cls)})
    text = str(error)
    assert "{" not in text
    assert ":" in text
    assert error.exit_code == 3


def sample(kind):
    from salus import models

    plain_values = {"str": "0x" + "11" * 20, "bytes": bytes(32), "int": 1_700_000_000}
    return plain_values[kind] if kind in plain_values else list(getattr(models, kind))[1]


def test_the_page_of_errors_is_current(root):
    command = [sys.executable, str(root / "scripts" / "errors_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
