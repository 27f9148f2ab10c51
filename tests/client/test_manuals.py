"""The programs of docs/connecting.md and of records in docs/vault.md run as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from web3 import HTTPProvider

from salus import Terms
from salus.chain import Chain, connect, deploy, development_account
from salus.chain.node.local import local_node
from salus.consents import ConsentNotInForce
from salus.terms import ResourceFacts
from salus.testing import people


def programs(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_every_way_to_connect_connects(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with local_node("anvil") as node:
        with connect("anvil", url=node.url) as chain:
            deploy(chain, development_account(9), path=tmp_path / "deployment.json")
        monkeypatch.setenv("SALUS_RPC_URL", node.url)
        monkeypatch.setenv("SALUS_DEPLOYMENT", str(tmp_path / "deployment.json"))
        written = programs(root / "docs" / "connecting.md")
        assert len(written) == 3
        names = {"a_provider_of_our_own": HTTPProvider(node.url)}
        for program in written:
            exec(program.replace("http://127.0.0.1:8545", node.url), names)  # noqa: S102 - ours
            with names["me"] as me:
                assert me.chain.block().number > 0


def test_records_are_added_opened_and_revoked_as_the_manual_says(
    root: Path, tmp_path: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.dcm").write_bytes(b"\0" * 128 + b"DICM")
    team = people(chain, ["hospital", "stranger"])
    hospital, clinic, patient = team.hospital, team.stranger, team.patient
    clinic.mail.announce("memory://inbox-of-the-manuals-clinic")
    terms = Terms.permit("TREAT").except_(sensitivities="PSY")
    consent = hospital.consents.propose(patient, clinic, terms)
    signed = hospital.consents.sign(consent, by=patient)
    hospital.consents.register(signed)
    names = {
        "hospital": hospital,
        "clinic": clinic,
        "patient": patient,
        "consent": signed,
        "generator": lambda: iter([b"DICM", b" pixels"] * 99),
        "Path": Path,
        "ResourceFacts": ResourceFacts,
    }
    exec(programs(root / "docs" / "vault.md")[1], names)  # noqa: S102 - our own page
    with pytest.raises(ConsentNotInForce):
        names["received"].open("TREAT")
