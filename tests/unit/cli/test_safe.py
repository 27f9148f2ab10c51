"""Every verb of `safe`, with the JSON that it promises, and what it asks first."""

from __future__ import annotations

import pytest
from tests.support.command_line import CommandLine, verbs_of
from tests.support.lots import new_gtin
from tests.support.safes import SafeFactory
from tests.support.shells import Shells

from salus import Salus
from salus.chain import development_account
from salus.primitives.roles import Role

HOLDER = "0x" + "aa" * 20


def regulators(shell: Shells) -> tuple[CommandLine, CommandLine, str]:
    """Two people, and the Safe that they own together, accredited as a regulator."""
    first, second = shell(), shell()
    chain = first.place.chain
    safe = SafeFactory(chain).make([first.me, second.me], 2)
    governor = Salus(chain, account=development_account(0))
    governor.accreditations.accredit(safe, Role.REGULATOR, until=chain.now() + 86400)
    return first, second, safe


def proposed(cli: CommandLine, safe: str) -> str:
    """A proposal to register a product, in a file."""
    act = ("DrugProvenance", "registerProduct", safe, new_gtin(), HOLDER, "[]")
    cli("safe", "propose", safe, *act, "--out", "p.json")
    return "p.json"


def test_every_verb_of_safe(shell: Shells) -> None:
    first, second, safe = regulators(shell)
    file = first.folder / proposed(first, safe)
    shown = first("safe", "show", file).data
    assert (shown["nonce"], shown["threshold"], shown["signed"]) == (0, 2, [])
    assert shown["does"][0].startswith("DrugProvenance.registerProduct at 0x")
    signed = first("safe", "sign", file, "--yes").data
    assert (signed["signed"], signed["missing"]) == ([first.me], [second.me])
    assert "holder" in first("safe", "show", file, json=False).out

    typed = first.account.sign_typed_data
    from salus.safes import SafeProposal

    proposal = SafeProposal.from_bytes(file.read_bytes())
    words = ("--owner", first.me, "--signature", "0x" + typed(proposal.typed()).hex())
    second("safe", "add", file, *words, "--out", "other.json")
    second("safe", "approve", "other.json", "--yes")
    assert second("safe", "show", "other.json", file).data["missing"] == []
    done = first("safe", "execute", file, second.folder / "other.json", "--yes").data
    assert second("safe", "execute", "other.json", "--yes").data == done
    assert first.done | second.done == verbs_of("safe")


def test_nothing_is_signed_before_somebody_agreed(shell: Shells) -> None:
    first, _, safe = regulators(shell)
    file = proposed(first, safe)
    asked = first("safe", "sign", file)
    assert asked.code == 2
    assert "not confirmed" in asked.error[2]
    assert "registerProduct" in first("safe", "sign", file, json=False).err
    assert first("safe", "show", file).data["signed"] == []


def test_what_cannot_be_read_is_refused_until_it_is_asked_for(shell: Shells) -> None:
    first, second, safe = regulators(shell)
    opened = Salus(first.place.chain, account=first.account).safes.open(safe)
    first.write("odd.json", opened.propose_call(HOLDER, bytes(4)).to_bytes())
    assert first("safe", "sign", "odd.json", "--yes").error[1] == "SafeCallUnreadable"
    assert "--unread" in first("safe", "sign", "odd.json", "--yes").error[2]
    first("safe", "sign", "odd.json", "--yes", "--unread")
    shown = second("safe", "show", first.folder / "odd.json").data
    assert shown["does"][0].startswith("It is not known what this does")


def test_who_is_no_owner_is_told_who_is(shell: Shells) -> None:
    first, second, safe = regulators(shell)
    file = first.folder / proposed(first, safe)
    code, kind, message = shell()("safe", "sign", file, "--yes").error
    assert (code, kind) == (4, "NotASafeOwner")
    assert second.me in message


@pytest.mark.parametrize("value", ["1.5", "[1"])
def test_an_argument_that_no_contract_takes_is_refused(shell: Shells, value: str) -> None:
    first, _, safe = regulators(shell)
    act = ("DrugProvenance", "registerProduct", safe, value, HOLDER, "[]")
    assert first("safe", "propose", safe, *act, "--out", "p.json").code == 2
    assert not (first.folder / "p.json").exists()
