"""The programs of docs/signers.md run as they are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.client.safes.conftest import REGULATORS
from tests.support.signing_services import signing_service

from salus import Salus
from salus.chain import Chain
from salus.chain.node.development import development_key
from salus.gs1 import Gtin
from salus.safes import SafeProposal

FIRST, SECOND, _ = REGULATORS


def test_a_service_signs_and_owners_sign_together_as_the_manual_says(
    root: Path,
    place: tuple[Chain, str, Path],
    regulator: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chain, url, deployment = place
    monkeypatch.setenv("SALUS_DEPLOYMENT", str(deployment))
    page = (root / "docs" / "signers.md").read_text(encoding="utf-8")
    connecting, _, together = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    file, other = tmp_path / "product.json", tmp_path / "other.json"
    names: dict[str, Any] = {"address": regulator, "file": file, "other": other}
    names |= {"holder": "0x" + "aa" * 20, "maker": "0x" + "bb" * 20}

    with signing_service(development_key(3)) as service:
        here = connecting.replace("https://node.example", url)
        exec("import salus\n" + here.replace("https://signer.example:9000", service.url), names)  # noqa: S102 - ours
        with names["me"] as me:
            assert me.account == FIRST
            before, after = together.split("signed = ")
            exec(before, names)  # noqa: S102 - ours
            theirs = Salus(chain, account=SECOND).safes.open(regulator)
            copy = SafeProposal.from_bytes(file.read_bytes())
            other.write_bytes(theirs.sign(copy).to_bytes())
            exec("signed = " + after, names)  # noqa: S102 - ours
            product = me.drugs.products.get(Gtin("09506000134352"))
            assert product is not None
            assert product.regulator == regulator
    assert "DrugProvenance.registerProduct" in capsys.readouterr().out
