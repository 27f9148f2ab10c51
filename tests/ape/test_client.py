"""The client on ape's own node, paid and signed for by ape's own account."""

from __future__ import annotations

from typing import Any

import ape
from salus.chain import Account, connect, deploy
from salus.chain.control_check import verify_typed_data

NAME = b"\x01" * 32


def test_an_account_of_ape_s_deploys_pays_and_signs(patient: Any) -> None:
    chain = connect(ape.chain.provider.web3, local=True)
    deploy(chain, patient, path=None)
    registry = chain.contract("IdentityRegistry")
    sent = registry.send("setAttribute", patient.address, NAME, b"value", 60, account=patient)
    assert len(sent.events) == 1
    signer = Account.of(patient)
    act = {"identity": signer.identity, "newOwner": signer.identity, "nonce": 0, "deadline": 2**40}
    typed = registry.typed_data("ChangeOwner", act)
    signature = signer.sign_typed_data(typed)
    verify_typed_data(chain, signer.identity, typed, signer.signer, signature)
