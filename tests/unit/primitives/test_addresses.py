"""Addresses have one spelling, checked where they come in: nobody respells them afterwards."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from salus.errors import InputError
from salus.primitives.address import checked_address, identity_of, lower_case
from salus.terms import Actor, Party
from salus.vault import Compartment

SOURCE = Path(__file__).parents[3] / "src" / "salus"
LOWER, SPELT = "0x" + "ab" * 20, "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"
MISTYPED = "0xab" + SPELT[4:]

WHO = re.compile(
    r"address|identit|issuer|patient|grantee|sender|reader|owner|recipient|clinician|hospital"
    r"|custodian|guardian|registry|holder|maker|consignee|actor|delegate|signer|contract"
    r"|\b(who|whose|each|one|me|party)\b"
)
RESPELLING = {"lower", "upper", "casefold"}
OF_LIBRARIES = {
    "to_checksum_address",
    "to_canonical_address",
    "to_normalized_address",
    "is_checksum_address",
    "is_same_address",
}
NO_ADDRESS = {
    "__pyinstaller/hook-salus.py": "reads the names of distributions",
    "chain/node/development.py": "asks a key of eth-keys for its address, which comes so spelt",
    "chain/node/limits.py": "reads a header of HTTP",
    "fhir/consent_context.py": "compares a code of FHIR",
}


def respelling(source: str) -> Iterator[str]:
    """What brings an address into another spelling; names of enums are none."""
    for node in ast.walk(ast.parse(source)):
        named = getattr(node, "attr", getattr(node, "id", ""))
        if named in OF_LIBRARIES:
            yield named
        if isinstance(node, ast.Attribute) and named in RESPELLING:
            text = ast.unparse(node.value)
            if WHO.search(text) and not re.search(r"\.(name|value)$|\.removesuffix", text):
                yield text


def test_nobody_respells_an_address() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if any(respelling(path.read_text()))
    }
    assert found == set(NO_ADDRESS)


@pytest.mark.parametrize(
    "source", ["self.identity.lower()", "f'{who.lower()}/1'", "to_checksum_address(x)"]
)
def test_respelling_is_seen(source: str) -> None:
    assert list(respelling(source))


@pytest.mark.parametrize("given", [LOWER, SPELT, "0x" + LOWER[2:].upper()])
def test_a_value_holds_the_one_spelling(given: str) -> None:
    assert Party(address=given).address == SPELT
    assert Actor.address(given).value == SPELT
    assert Compartment(patient=given, resource_class="Observation").patient == SPELT
    assert (checked_address(given), identity_of(given), lower_case(SPELT)) == (SPELT, SPELT, LOWER)


def test_a_mistyped_digit_is_seen_when_a_value_is_made() -> None:
    with pytest.raises(InputError, match="mistyped"):
        Party(address=MISTYPED)
    with pytest.raises(InputError, match="mistyped"):
        Actor.address(MISTYPED)
    with pytest.raises(InputError, match="mistyped"):
        Compartment(patient=MISTYPED, resource_class="Observation")
