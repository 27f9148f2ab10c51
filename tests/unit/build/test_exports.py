"""What rooms list at their doors: this table, and nothing else; each name says what it takes.

Whoever adds a name to a door adds it here, with Args, Returns and Raises: it is the reference.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from tests.support.docstrings import missing

import salus
from salus.chain.node.rpc import Rpc
from salus.vault.storage import Storage

NAMES = {
    "salus": "Account Effect Rule Salus SalusError Terms __version__ connect open_vault",
    "salus.accreditations": "Accreditations Role",
    "salus.anchors": "Anchors LogStore",
    "salus.chain": (
        "Account Assertion Chain PasskeySigner Signer SoftwarePasskey change_keystore_passphrase "
        "connect deploy development_account open_account"
    ),
    "salus.consents": (
        "ConsentAlreadyRevoked ConsentFolder ConsentHandler ConsentNotInForce ConsentRefused "
        "Consents SignedConsent SignedRevocation read_consent"
    ),
    "salus.demo": "run_story",
    "salus.drugs": "Drugs Verdict lot_id",
    "salus.drugs.documents": "Consignment LotManifest PackOpening read_packs",
    "salus.emergencies": "Deposit Emergencies EmergencyCard ReleasedShare SignedRequest",
    "salus.epcis": (
        "LotQuantity commissioning_event decommissioning_event dispensing_event document "
        "event_hash packing_event read_document receiving_event shipping_event "
        "unpacking_event validate_document"
    ),
    "salus.fhir": "access_event anchored_record from_fhir to_fhir validate",
    "salus.gs1": "Gln Gtin LotNumber Serial Sscc gtin_from_ndc parse_scan",
    "salus.identities": (
        "GuardianSet Identities RecoveryApproval add_delegate read_guardians revoke_attribute "
        "revoke_delegate set_attribute write_guardians"
    ),
    "salus.index": "Index",
    "salus.mail": "Mail",
    "salus.migration": (
        "Continuation Place carry_consent carry_opt_out check_carried closing_leaf "
        "continue_log lot_uri_of opening_leaf refuses_break_glass remaining "
        "verify_continuation"
    ),
    "salus.outbox": "Outbox OutboxEntry State",
    "salus.receipts": (
        "ErasureReceipt Expected Receipt known_registry to_page verify_erasure verify_receipt"
    ),
    "salus.records": "Records",
    "salus.safes": "Safe SafeProposal Safes",
    "salus.supply": "Supply serials_in",
    "salus.terms": (
        "Action Actor Confidentiality Effect Outcome Party Period Request ResourceFacts Rule "
        "Terms describe evaluate from_json terms_digest to_json"
    ),
    "salus.testing": (
        "FakeNode FullStorage LyingNode Unreliable advance fake_chain fund local_salus "
        "participant people"
    ),
    "salus.thefts": "Thefts",
    "salus.vault": (
        "Compartment IdentityKeys KeyDocument Letter Vault change_passphrase create_keys "
        "find_passphrase fingerprint load_keys open_keys recover_keys remember_passphrase "
        "retire_keys save_keys split_keys"
    ),
    "salus.vault.storage": "BlobWriter LocalStorage MemoryStorage Storage check_name open_storage",
    "salus_verify": (
        "ErasureReceipt Expected MalformedReceipt Receipt ReceiptMismatch ReceiptUnproven "
        "SalusError from_compact to_compact verify_erasure verify_receipt"
    ),
}
INTERFACES = (Rpc, Storage)
"""These say what the methods of their implementations take."""


def rooms() -> Iterator[str]:
    yield from ("salus", "salus_verify")
    yield from (each.name for each in walk_packages(salus.__path__, "salus.") if each.ispkg)


def exported() -> Iterator[tuple[str, object]]:
    for room, names in NAMES.items():
        for name in names.split():
            yield f"{room}.{name}", getattr(import_module(room), name)


def functions() -> Iterator[object]:
    """Functions that a door lists, and what its classes define."""
    for label, found in exported():
        if inspect.isfunction(found):
            yield pytest.param(found, id=label)
        elif inspect.isclass(found):
            for name, member in vars(found).items():
                function = getattr(member, "__func__", member)
                said = any(name in vars(each) for each in INTERFACES if each is not found)
                if not (name.startswith("_") or said) and inspect.isfunction(function):
                    yield pytest.param(function, id=f"{label}.{name}")


@pytest.mark.parametrize("room", sorted(rooms()))
def test_a_room_lists_what_the_table_says(room: str) -> None:
    door = import_module(room)
    listed = list(getattr(door, "__all__", []))
    assert sorted(listed) == sorted(NAMES.get(room, "").split())
    assert [name for name in listed if not hasattr(door, name)] == []


def test_the_table_names_no_room_that_is_not_there() -> None:
    assert NAMES.keys() <= set(rooms())


@pytest.mark.parametrize("found", [pytest.param(found, id=label) for label, found in exported()])
def test_a_name_says_what_it_is_for(found: object) -> None:
    assert isinstance(found, str) or inspect.getdoc(found)


@pytest.mark.parametrize("function", functions())
def test_a_function_says_what_it_takes_returns_and_raises(function: object) -> None:
    if inspect.signature(function).parameters.keys() - {"self", "cls"}:  # type: ignore[arg-type]
        assert missing(function) == set()


@pytest.mark.parametrize("room", NAMES)
def test_a_door_shows_its_names_before_any_is_used(room: str) -> None:
    """Editors and notebooks ask ``dir`` of a room that was only imported."""
    asked = f"import {room} as room; assert not set(room.__all__) - set(dir(room))"
    subprocess.run([sys.executable, "-c", asked], check=True)
