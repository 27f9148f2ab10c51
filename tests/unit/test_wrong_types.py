"""Whatever is given in the place of what a door asks for: one of our errors.

The table finds the doors by itself: the verbs of all that a connected client holds, and what rooms
list in ``__all__``. Constructors of values are held by tests/unit/primitives/test_values.py.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin
from unittest.mock import Mock

import pytest
from tests.support.doors import is_method, parts, verbs

import salus
from salus import connect
from salus.chain import Chain
from salus.chain.contract import Contract
from salus.errors import SalusError
from salus.primitives.arguments import hint_of
from salus.vault import Compartment

Function: TypeAlias = Callable[..., Any]

CLOSED = {
    "salus.contracts": "what contracts say, and what is compiled of them: for `chain`",
    "salus.anchors.LogStore": "rows; a client is given one, and `anchors` calls it",
    "salus.demo": "a story that is told, not called",
    "salus.testing": "for tests, which see a bare error as well",
    "salus.mail.Mail": "a client makes it; its verbs are called as `me.mail`",
    "salus.vault.database": "rows, for the rooms of the vault alone",
    "salus.vault.storage": "the interface that storages implement, with tests of its own",
}
"""Rooms and classes whose doors no application goes through, each with its reason."""
BEHIND = {
    "salus.anchors.stream_numbers": "Line",
    "salus.anchors.rebuilding": "Rebuilt",
    "salus.anchors.streams": "AnchoredCheckpoint Inclusion",
    "salus.chain.chain": "Block",
    "salus.chain.contract": "Call Contract Transaction",
    "salus.chain.control_check": "verify_typed_data",
    "salus.chain.deployments.file": "DeployedContract Deployment",
    "salus.chain.signing.verifying": "signer_identity",
    "salus.consents.checks": "ConsentChecks Standing Strength",
    "salus.consents.documents": "BatchedConsent Consent",
    "salus.consents.revocations": "Revocations",
    "salus.consents.searching": "KnownConsent",
    "salus.consents.states": "ConsentState",
    "salus.drugs.documents.commitments": "pack_commitment pack_salt",
    "salus.drugs.documents.event": "AnchoredEvent",
    "salus.drugs.documents.pack_opening": "contents_root",
    "salus.drugs.handovers": "ReceivedPacks",
    "salus.drugs.listing": "ListedLot ListedShipment",
    "salus.drugs.scanning": "ScanResult",
    "salus.emergencies.access": "EmergencyRecords",
    "salus.emergencies.custodians": "Release",
    "salus.emergencies.keeping": "NewEmergencyKey SealedForEmergencies",
    "salus.epcis.events": "error_declaration",
    "salus.epcis.hashing": "document_hashes event_digest hash_to_digest prehashes",
    "salus.epcis.validation": "validate_event",
    "salus.fhir.bundle": "Resource resources",
    "salus.fhir.classify": "classify",
    "salus.fhir.consent": "ConsentReading",
    "salus.fhir.strict_json": "parse",
    "salus.fhir.validation": "problems",
    "salus.gs1.fields": "expires_at format_date last_day lot_digest parse_date",
    "salus.gs1.identification_keys": "check_digit",
    "salus.gs1.links": "lot_uri pack_uri",
    "salus.gs1.scan": "PackId Scan",
    "salus.identities.changes": "Change",
    "salus.migration.consents": "CarriedConsent",
    "salus.records.added": "AddedRecords",
    "salus.records.collecting": "Collected",
    "salus.records.describing": "describe",
    "salus.records.erasing": "ErasedRecord",
    "salus.records.facts": "asks facts_of",
    "salus.records.listing": "Record",
    "salus.records.received": "Received",
    "salus.supply.commissioning": "Commissioned Commissioning Left",
    "salus.terms.description": "in_words",
    "salus.terms.encoding": "decode encode",
    "salus.terms.evaluation": "combine may_deny may_permit without_consent",
    "salus.terms.request": "Decision",
    "salus.terms.vocabulary": "ActorKind Part Policy",
    "salus.thefts.clearing": "Cleared",
    "salus.thefts.leftovers": "Kind Leftover",
    "salus.vault.documents.erasure_notice": "ErasureNotice",
    "salus.vault.documents.manifest": "Blob Manifest",
    "salus.vault.documents.parcels": "GivenKey Parcel",
    "salus.vault.documents.record_keys": "CompartmentKey KeyringEntry Plan",
    "salus.vault.documents.statements": "Author Signed Statement",
    "salus.vault.keys.key_shares": "SplitKeys",
    "salus.vault.letters.contacts": "Contacts",
    "salus.vault.letters.inbox": "Inbox",
    "salus.vault.sharing.sharing": "Revocation",
    "salus.vault.storage.base": "Storage",
    "salus.vault.storage.storage_kinds": "open_storage",
    "salus.vault.versions.adding": "Added",
    "salus.vault.versions.opened": "OpenedRecord",
}
"""What doors do not list, and what an author meets all the same."""
OPEN = {
    "salus.fhir": {
        "context": "any JSON",
        "around": "what the room walked itself",
        "tree": "what the room walked itself",
    },
}
"""Parameters that take what others define, each with its reason."""


class Wrong:
    """Of no type that anything takes."""


WRONG = (Wrong(), 1.5, {1: 2})


@cache
def client() -> Any:
    return connect("tester", storage="memory://wrong-types")


@cache
def right() -> dict[Any, Any]:
    """What is called before all arguments are looked at, by type."""
    labs = Compartment(patient=client().identity, resource_class="Observation")
    rules = salus.Terms.permit("TREAT")
    chain = client().chain
    registry = chain.contract("ConsentRegistry")
    return {Chain: chain, Contract: registry, Compartment: labs, salus.Terms: rules}


def doors() -> Iterator[tuple[str, Function]]:
    """What an author can call, by where it is found."""
    for path, part in parts(client()):
        for name, _ in verbs(part):
            yield f"me.{path}.{name}".replace("..", "."), getattr(part, name)
    yield "vault.notebook", client().vault.notebook
    for name, _ in verbs(notebook := client().vault.notebook("wrong-types")):
        yield f"me.notebook.{name}", getattr(notebook, name)
    for room in ("salus", *rooms()):
        door = import_module(room)
        for name in getattr(door, "__all__", ()):
            yield from listed(f"{room}.{name}", getattr(door, name))
    for module, names in BEHIND.items():
        for name in names.split():
            yield from listed(f"{module}.{name}", getattr(import_module(module), name))


def rooms() -> Iterator[str]:
    for each in walk_packages(salus.__path__, "salus."):
        if each.ispkg and not any(f"{each.name}.".startswith(f"{room}.") for room in CLOSED):
            yield each.name


def listed(label: str, found: Any) -> Iterator[tuple[str, Function]]:
    """A function, or a class: how it is made, unless it is a value, and its methods."""
    if inspect.isfunction(found):
        yield label, found
    if not inspect.isclass(found) or issubclass(found, BaseException | Enum) or label in CLOSED:
        return
    if inspect.isabstract(found) or getattr(found, "_is_protocol", False):
        return  # others implement it
    if not dataclasses.is_dataclass(found):
        yield label, found.__init__
    for name, method in inspect.getmembers(found, is_method):
        if not name.startswith("_"):
            yield f"{label}.{name}", method


def calls() -> Iterator[Any]:
    seen = set[Any]()
    for label, function in doors():
        inner = inspect.unwrap(function)
        for name, parameter in inspect.signature(function).parameters.items():
            if name == "self" or name in OPEN.get(label.rpartition(".")[0], ()):
                continue
            if parameter.annotation in ("Any", "object") or (inner, name) in seen:
                continue
            seen.add((inner, name))
            yield pytest.param(function, name, id=f"{label}-{name}")


def given(function: Function, name: str, wrong: Any) -> tuple[list[Any], dict[str, Any]]:
    """Fitting arguments for all but one parameter; what need not be given is left out."""
    placed, named = [], dict[str, Any]()
    for each, parameter in inspect.signature(function).parameters.items():
        if each == name and parameter.kind is parameter.VAR_KEYWORD:
            named["classes"] = wrong
        elif each == name and parameter.kind is parameter.VAR_POSITIONAL:
            return [*placed, wrong], named
        elif each == name:
            named[each] = wrong
        elif each == "self":
            placed.append(_owner(function))
        elif parameter.default is parameter.empty and "VAR" not in parameter.kind.name:
            named[each] = fitting(hint_of(function, each), str(parameter.annotation))
    return placed, named


def _owner(function: Function) -> Any:
    """An object whose method it is, not made yet where it is called with no fitting one."""
    module = import_module(inspect.unwrap(function).__module__)
    kind = getattr(module, function.__qualname__.partition(".")[0])
    return right().get(kind) or object.__new__(kind)


def fitting(hint: Any, name: str = "") -> Any:
    """Something that is of a type, be it in name alone."""
    origin, choices = get_origin(hint), get_args(hint)
    if name.startswith("Address"):
        return client().identity
    if origin is Annotated:  # an address, as annotations spell it once they are evaluated
        return client().identity
    if origin in (Union, types.UnionType):
        return None if type(None) in choices else fitting(choices[0])
    if origin is Literal:
        return choices[0]
    kind = origin or hint
    if kind in right():
        return right()[kind]
    if kind in (str, bytes, int, float, bool):
        return {str: "Observation", bytes: bytes(32)}.get(kind, kind())
    if kind in (Any, object):
        return None
    if kind is Callable:
        return lambda *_: None
    if issubclass(kind, Enum):
        return next(iter(kind))
    if issubclass(kind, Path):
        return Path("/nowhere")
    if issubclass(kind, Mapping):
        return {}
    if kind.__module__ == "collections.abc":
        return []
    return kind() if kind in (tuple, list, dict, frozenset, set) else Mock(spec=kind)


@pytest.mark.parametrize(("function", "name"), calls())
def test_a_wrong_type_gets_one_of_our_errors(function: Function, name: str) -> None:
    hint = str(inspect.signature(function).parameters[name].annotation)
    refused = 0
    takes_float = re.search(r"\b(float|Wait)\b", hint)
    for wrong in WRONG[:1] if takes_float else WRONG:
        args, kwargs = given(function, name, wrong)
        try:
            found = function(*args, **kwargs)
            list(found) if inspect.isgenerator(found) else None
        except SalusError:
            refused += 1
        else:
            assert isinstance(wrong, dict), f"{name} takes {wrong!r}"
            assert "Mapping" in hint or "dict" in hint
    assert refused >= (1 if takes_float else 2)


def test_the_table_has_every_door() -> None:
    labels = {label for label, _ in doors()}
    wanted = "Salus connect consents.read_consent consents.ConsentFolder.keep fhir.from_fhir"
    wanted += " migration.carry_consent receipts.to_page terms.Terms.permit terms.Actor.role"
    wanted += " terms.Period.contains terms.evaluate"
    assert {f"salus.{each}" for each in wanted.split()} <= labels
    wanted = "consents.sign consents.checks.decide consents.revocations.submit records.add_bundle"
    wanted += " drugs.scan mail.announce mail.letters.renew emergencies.keeping.deposit"
    wanted += " supply.lots.commission thefts.clear vault.open vault.readers.revoke notebook.put"
    wanted += " chain.send_many anchors.log.store identities.recovery.propose"
    assert {f"me.{each}" for each in wanted.split()} <= labels


def test_what_is_left_out_is_there() -> None:
    names = {each.name for each in walk_packages(salus.__path__, "salus.")}
    for room in list(names):
        names |= {f"{room}.{name}" for name in getattr(import_module(room), "__all__", ())}
    assert CLOSED.keys() | OPEN.keys() <= names
