"""What a part of a client is, and whose, is seen where it is shown: in a REPL, a log, an error."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.test_wrong_types import client

import salus

PARTS = (
    "accreditations anchors consents drugs emergencies identities mail outbox records supply thefts"
)


@pytest.mark.parametrize("name", PARTS.split())
def test_a_part_says_what_it_is_and_whose(name: str) -> None:
    part: Any = getattr(client(), name)
    assert repr(part).startswith(f"{type(part).__name__}({client().identity}")


def test_a_part_of_a_client_without_an_account_says_so() -> None:
    reader = salus.Salus(client().chain)
    assert repr(reader.consents) == "Consents(reading only)"
    assert "reading only" in repr(reader.drugs) + repr(reader)
