"""Who controls an identity, and whether an act was signed by who does.

Example:
    >>> from salus.chain import Account, connect
    >>> chain, me = connect("tester"), Account.create()
    >>> act = {"patient": me.identity, "consentId": bytes(32), "deadline": 2**40}
    >>> typed = chain.contract("ConsentRegistry").typed_data("RevokeConsent", act)
    >>> verify_typed_data(chain, me.identity, typed, me.signer, me.sign_typed_data(typed))
"""

from __future__ import annotations

from typing import Any

from salus.chain.abi.eip712 import digest
from salus.chain.chain import Chain
from salus.chain.errors import SignerNotInControl
from salus.chain.signing.signers import Signer
from salus.chain.signing.verifying import require_signature, signer_identity
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments

DELEGATED = bytes.fromhex("ef0100")
"""How the code of an account begins that has a key all the same (EIP-7702)."""


def require_control(chain: Chain, signer: Signer, *, identity: Address | None = None) -> None:
    """Refuse to act for an identity that somebody else controls, before anything is written.

    ``identity`` defaults to the one that the signer names.

    Raises:
        SignerNotInControl: The signer does not control it now.
    """
    _require_owner(chain, identity or signer.identity, signer_identity(signer.signer))


@typed_arguments
def verify_typed_data(
    chain: Chain,
    identity: Address,
    typed: dict[str, Any],
    signer: bytes,
    signature: bytes,
    *,
    block: int | str = "latest",
) -> None:
    """Check that who controls an identity at a block signed an act; its deadline is not looked at.

    Raises:
        SignatureMismatch: The signature is not the signer's over this message.
        SignerNotInControl: The signer does not control the identity at that block.
        CredentialError: The signer bytes name no signer.
        ChainError: The node cannot tell now.
    """
    who = require_signature(chain.rpc, signer, digest(typed), signature, block=block)
    _require_owner(chain, identity, who, block=block)


def _require_owner(
    chain: Chain, identity: Address, who: Address, *, block: int | str = "latest"
) -> None:
    registry = chain.contract("IdentityRegistry")
    owner: Address = registry.call("identityOwner", identity, block=block)
    if owner != who:
        code = chain.code(owner)
        is_contract = bool(code) and not code.startswith(DELEGATED)
        raise SignerNotInControl(
            identity=identity, signer=who, owner=owner, is_contract=is_contract
        )
