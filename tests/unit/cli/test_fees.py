"""What a transaction may cost, at the command line: refused, allowed, agreed to, or handed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine, Place, open_place
from tests.support.shells import Shells
from tests.support.terminals import at_terminal

from salus.chain import Account
from salus.terms import Effect, Rule, Terms, to_json

TINY = "0.0000000001"
"""Below what any transaction costs here, as a price of 400 gwei is above 0.05."""

TREATMENT = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
TERMS = json.dumps(to_json(TREATMENT))


def elsewhere(person: CommandLine, most: str = TINY) -> CommandLine:
    """The same person where the chain is no local one: a keystore, and a maximum."""
    file = person.folder / "key.json"
    Account.from_key(person.key).to_keystore(file, PASSPHRASE, iterations=2)
    person.settings |= {
        "SALUS_LOCAL": "0",
        "SALUS_ACCOUNT": f"keystore:{file}",
        "SALUS_PASSPHRASE": PASSPHRASE,
        "SALUS_MAX_FEE": most,
    }
    return person


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A node of its own: others make time pass, and away from local chains clocks must agree."""
    yield from open_place(tmp_path_factory.mktemp("fees"))


@pytest.fixture
def patient(shell: Shells) -> CommandLine:
    return elsewhere(shell())


def granted(patient: CommandLine) -> str:
    patient.write("terms.json", TERMS)
    who = (patient.me, "0x" + "12" * 20, "--terms", "terms.json", "--out", "consent.json")
    done = patient("consents", "grant", *who, "--max-fee", "1")
    return str(done.data["consent"])


def is_active(person: CommandLine, patient: CommandLine, consent: str) -> bool:
    return bool(person("consents", "status", patient.me, consent).data["active"])


def test_more_than_the_maximum_is_refused_and_an_option_allows_it(patient: CommandLine) -> None:
    consent = granted(patient)
    code, kind, words = patient("consents", "revoke", patient.me, consent).error
    assert (code, kind) == (1, "FeeTooHigh")
    assert "--max-fee" in words
    assert "e-" not in words
    assert is_active(patient, patient, consent)
    patient("consents", "revoke", patient.me, consent, "--max-fee", "0.05")
    assert not is_active(patient, patient, consent)


def test_a_file_that_was_written_first_is_taken_back(patient: CommandLine) -> None:
    patient.write("terms.json", TERMS)
    who = (patient.me, "0x" + "12" * 20, "--terms", "terms.json", "--out", "consent.json")
    assert patient("consents", "grant", *who).error[1] == "FeeTooHigh"
    assert not Path(patient.folder / "consent.json").exists()


def test_a_signed_revocation_goes_through_somebody_else(
    patient: CommandLine, shell: Shells
) -> None:
    consent, relay = granted(patient), shell()
    patient("consents", "sign-revocation", patient.me, consent, "--out", "ended.json")
    relay("consents", "submit-revocation", patient.folder / "ended.json")
    assert not is_active(relay, patient, consent)


@pytest.mark.parametrize(("answer", "active"), [("y", False), ("n", True)])
def test_who_sits_at_a_terminal_is_asked(patient: CommandLine, answer: str, active: bool) -> None:
    consent = granted(patient)
    words = ("consents", "revoke", patient.me, consent)
    code, shown = at_terminal(patient, *words, answers={"Pay all the same?": answer})
    assert (code == 0) is not active, shown
    assert "may cost 0.00" in shown
    assert is_active(patient, patient, consent) is active


def test_an_amount_that_is_none_is_usage(patient: CommandLine) -> None:
    found = patient("consents", "revoke-all", patient.me, "--max-fee", "1e9")
    assert found.error[:2] == (2, "ConfigurationInvalid")
