"""Commands whose account is named: which key signs, and what is shown of where it is."""

from __future__ import annotations

import json
from typing import Any

from tests.support.command_line import PASSPHRASE, CommandLine, key_of
from tests.support.signing_services import signing_service

TOKEN = "the-token-of-a-hospital"


def test_a_command_pays_with_a_key_in_a_signing_service(cli: CommandLine) -> None:
    """The token goes along, and neither it nor the place is shown, whatever becomes of the act."""
    rotate = ("identities", "publish", cli.me, "inbox", "https://example.org/inbox")
    with signing_service(bytes.fromhex(key_of(cli.account).removeprefix("0x"))) as service:
        named = f"rpc+{service.url}/tenant-7431#{cli.me}"
        away = {"SALUS_ACCOUNT": named, "SALUS_SIGNER_TOKEN": TOKEN, "SALUS_PRIVATE_KEY": ""}
        cli.hidden |= {TOKEN, "tenant-7431"}
        assert cli(*rotate, **away).data["transaction"]
        assert {each[1]["Authorization"] for each in service.seen} == {f"Bearer {TOKEN}"}
        service.status = 403
        code, kind, message = cli(*rotate, **away).error
        assert (code, kind) == (4, "SignerRefused")
        assert "SALUS_SIGNER_TOKEN" in message
        assert cli(*rotate, json=False, **away).code == 4
        service.status, service.changes = 200, {"value": 1}
        assert cli(*rotate, **away).error[1] == "SignatureMismatch"


def test_doctor_says_whose_key_signs_and_where_it_is(cli: CommandLine) -> None:
    """Of a signing service that is not there it says so; no part of its URL but the host."""

    def found(**settings: str) -> dict[str, Any]:
        (row,) = [
            each for each in json.loads(cli("doctor", **settings).out) if each["check"] == "account"
        ]
        return dict(row)

    cli.account.to_keystore(cli.folder / "key.json", PASSPHRASE, iterations=2)
    kept = found(SALUS_ACCOUNT="keystore:key.json", SALUS_PASSPHRASE=PASSPHRASE)
    assert (kept["ok"], kept["found"]) == (True, f"{cli.me} (keystore)")
    away = found(SALUS_ACCOUNT=f"rpc+http://name:long-secret@127.0.0.1:1/tenant-9#{cli.me}")
    assert (away["ok"], away["found"]) == (True, f"{cli.me} (rpc+http)")
    gone = found(SALUS_ACCOUNT="web3signer+http://name:long-secret@127.0.0.1:1/tenant-9")
    assert not gone["ok"]
    assert "does not answer" in gone["found"]
    assert "long-secret" not in gone["found"] + away["found"]
    assert "tenant-9" not in gone["found"]
