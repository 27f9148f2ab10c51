"""What is installed with Salus: little, each package for a reason that is written down."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from tests.support.installed import brought_by

MOST = 58
"""Packages of the base install, ours included."""
EVM = {"eth-tester", "py-evm", "coincurve", "safe-pysha3", "keyring"}
SIGN = """
from salus.chain import Account
account = Account.from_key(b"\\x07" * 32)
transaction = {"to": "0x" + "11" * 20, "value": 5, "nonce": 3, "gas": 21000, "chainId": 1,
               "maxFeePerGas": 9, "maxPriorityFeePerGas": 1, "data": b""}
typed = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}],
                   "Act": [{"name": "number", "type": "uint256"}]},
         "primaryType": "Act", "domain": {"name": "Salus"}, "message": {"number": 5}}
raw, name = account.sign_transaction(transaction)
import eth_keys.backends
print(type(eth_keys.backends.get_backend()).__name__)
print(account.address, raw.hex(), name, account.sign_typed_data(typed).hex())
"""


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["project"]
    return found


def test_the_base_install_is_slim_and_holds_no_chain() -> None:
    found = brought_by("salus")
    assert len(found) <= MOST, sorted(found)
    assert not EVM & found.keys()


def test_the_demo_brings_a_chain() -> None:
    assert {"eth-tester", "py-evm", "eth-bloom"} <= brought_by("salus", extra="demo").keys()


def test_every_dependency_has_a_row_with_its_licence(root: Path, project: dict[str, Any]) -> None:
    page = (root / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \|(.*)\|$", page, re.MULTILINE))
    extras = project["optional-dependencies"].values()
    verifier = tomllib.loads((root / "packages/salus-verify/pyproject.toml").read_text("utf-8"))
    its_own = verifier["project"]["optional-dependencies"].values()
    groups = (project["dependencies"], *extras, *its_own)
    assert set(rows) == {Requirement(each).name for group in groups for each in group}
    for name, row in rows.items():
        assert len(row.split("|")) == 3, f"{name}: why, licence, size"


def test_signatures_are_the_same_without_coincurve() -> None:
    def signed(backend: str) -> list[str]:
        around = {**os.environ, "ECC_BACKEND_CLASS": f"eth_keys.backends.{backend}"}
        ran = subprocess.run(
            [sys.executable, "-c", SIGN], env=around, capture_output=True, text=True, check=True
        )
        used, what = ran.stdout.splitlines()
        assert used == backend
        return what.split()

    assert signed("NativeECCBackend") == signed("CoinCurveECCBackend")


def test_without_the_demo_s_packages_it_is_said_what_to_install(root: Path) -> None:
    code = (
        "import sys; sys.modules['eth_tester'] = None\n"
        "from salus.cli import main; sys.argv = ['salus', 'demo', '--json']; sys.exit(main())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    error = json.loads(ran.stdout)["error"]
    assert (ran.returncode, error["type"]) == (2, "NodeUnavailable")
    assert "pip install 'salus[demo]'" in error["message"]
    code = (
        "import sys; sys.modules['eth_tester'] = None\n"
        "from salus.testing import FakeNode, local_salus\n"
        "from salus.chain.errors import NodeUnavailable\n"
        "try: local_salus()\n"
        "except NodeUnavailable as missing: print(missing)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'salus[demo]'" in ran.stdout, ran.stderr


def test_the_doctor_says_what_is_used_without_what_is_optional() -> None:
    from salus.cli import doctor

    def lacks(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.metadata, "version", lacks)
        assert "salus[fast]" in doctor._curve()
        assert "salus[demo]" in doctor._in_process()
