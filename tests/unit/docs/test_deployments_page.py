"""The page beside deployment files shows what such a file holds."""

from __future__ import annotations

import json
import re
from pathlib import Path

from salus.chain.deployments.file import DeployedContract, Deployment


def test_the_page_shows_every_member_of_a_deployment_file(root: Path) -> None:
    page = (root / "deployments/README.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    shown = json.loads(example)
    contract = DeployedContract("0x" + "11" * 20, (), None, "0x", "0x")
    written = Deployment(31337, "0x", {"IdentityRegistry": contract}).as_json()
    assert set(shown) == set(written)
    assert set(shown["contracts"]["IdentityRegistry"]) == set(
        written["contracts"]["IdentityRegistry"]
    )
    for member in ("arguments", "transaction", "codeHash", "initCodeHash", "generation"):
        assert f"`{member}`" in page.split("```")[2], f"{member} is not explained"
