"""What our acts cost, with inputs like the peers'.

Example:
    $ python -m benchmarks.gas --json
"""

from __future__ import annotations

from typing import Any

from benchmarks.gas.chain import FAR, LocalChain, signer
from eth_utils.crypto import keccak

from salus.contracts import artifacts

DAY = 86_400
NOTHING = (b"\0" * 32, b"\0" * 32, 0)
"""The checkpoint of a stream that has none."""
FRESH = keccak(text="32 random bytes, used once")
"""A salt, the same as the snapshot's: zeros in it would cost less."""

_PARTICULARS = [("grantee", "address"), ("termsDigest", "bytes32"), ("salt", "bytes32")]
_CONSENT = [("patient", "address"), ("epoch", "bytes32"), ("particulars", "Particulars")]


def measure_ours(chain: LocalChain) -> dict[str, int]:
    """Measure our acts.

    Args:
        chain: Where.

    Returns:
        Gas by act, named as in tests/snapshots/gas.json.
    """
    identities = _deploy(chain, "IdentityRegistry")
    governance = chain.accounts[0]
    accreditations = _deploy(chain, "AccreditationRegistry", identities.address, DAY, governance, 0)
    consents = _deploy(chain, "ConsentRegistry", identities.address, accreditations.address)
    anchors = _deploy(chain, "AnchorRegistry", identities.address)
    return {
        **_identities(chain, identities),
        **_accreditations(chain, accreditations),
        **_consents(chain, consents),
        **_anchors(chain, anchors),
    }


def _deploy(chain: LocalChain, name: str, *arguments: object) -> Any:
    artifact = artifacts.load(name)
    return chain.deploy(artifact.abi, artifact.bytecode, *arguments)


def _identities(chain: LocalChain, registry: Any) -> dict[str, int]:
    act, (patient, carer, other, relayer) = registry.functions, chain.accounts[6:10]
    name, value = b"did/svc/Inbox".ljust(32, b"\0"), keccak(text="key")
    year = 365 * DAY
    costs = {
        "identity_rotate": chain.gas(act.changeOwner(patient, carer), patient),
        "identity_rotate_steady": chain.gas(act.changeOwner(patient, other), carer),
        "identity_set_attribute_first": chain.gas(
            act.setAttribute(carer, name, value, year), carer
        ),
        "identity_set_attribute_steady": chain.gas(
            act.setAttribute(carer, name[::-1], value, year), carer
        ),
        "identity_add_delegate_first": chain.gas(
            act.addDelegate(relayer, name, carer, year), relayer
        ),
        "identity_add_delegate_steady": chain.gas(
            act.addDelegate(relayer, name[::-1], carer, year), relayer
        ),
    }
    owner = signer("owner")
    fields = {"identity": owner.address, "newOwner": carer, "nonce": 0, "deadline": FAR}
    kinds = {
        "identity": "address",
        "newOwner": "address",
        "nonce": "uint256",
        "deadline": "uint256",
    }
    auth = _sign(
        chain, registry, "IdentityRegistry", owner, {"ChangeOwner": list(kinds.items())}, fields
    )
    costs["identity_rotate_by_sig"] = chain.gas(
        act.changeOwnerBySig(owner.address, carer, 0, auth), relayer
    )
    return costs


def _accreditations(chain: LocalChain, registry: Any) -> dict[str, int]:
    act, (governance, board, clinician) = registry.functions, chain.accounts[:3]
    evidence = keccak(text="evidence")
    costs = {"accreditor_name": chain.gas(act.nameAccreditor(1, board), governance)}

    def accredit_until(time: int) -> int:
        return chain.gas(act.accredit(board, clinician, 1, time, evidence), board)

    costs["accredit_first"] = accredit_until(FAR)
    costs["accredit_steady"] = accredit_until(FAR - 1)
    costs["accreditation_revoke"] = chain.gas(
        act.revokeAccreditation(board, clinician, 1, evidence), board
    )
    return costs


def _consents(chain: LocalChain, registry: Any) -> dict[str, int]:
    act, (patient, clinician, relayer) = registry.functions, chain.accounts[3:6]
    epoch, other = b"\0" * 32, keccak(text="a consent that nobody registered")
    particulars = keccak(text="particulars")
    consent_id = act.consentIdOf(patient, epoch, particulars).call()
    costs = {
        "consent_grant": chain.gas(act.grantConsent(patient, epoch, particulars), patient),
        "consent_revoke": chain.gas(act.revokeConsent(patient, consent_id), patient),
        "consent_revoke_unregistered": chain.gas(act.revokeConsent(patient, other), patient),
        "consent_revoke_all_first": chain.gas(act.revokeAllConsents(patient, FRESH), patient),
        "consent_revoke_all": chain.gas(act.revokeAllConsents(patient, FRESH), patient),
    }
    costs["consent_grant_by_sig"] = _grant_signed(chain, registry, clinician, relayer)
    return costs


def _grant_signed(chain: LocalChain, registry: Any, clinician: str, relayer: str) -> int:
    patient, epoch = signer("patient"), b"\0" * 32
    digest, salt = keccak(text="terms"), keccak(text="salt")
    types = {
        "GrantConsent": [("consent", "Consent"), ("deadline", "uint256")],
        "Consent": _CONSENT,
        "Particulars": _PARTICULARS,
    }
    opening = {"grantee": clinician, "termsDigest": digest, "salt": salt}
    consent = {"patient": patient.address, "epoch": epoch, "particulars": opening}
    message = {"consent": consent, "deadline": FAR}
    auth = _sign(chain, registry, "ConsentRegistry", patient, types, message)
    type_hash = keccak(text="Particulars(address grantee,bytes32 termsDigest,bytes32 salt)")
    particulars = keccak(type_hash + bytes.fromhex(clinician[2:]).rjust(32, b"\0") + digest + salt)
    act = registry.functions.grantConsentBySig(patient.address, epoch, particulars, auth)
    return chain.gas(act, relayer)


def _anchors(chain: LocalChain, registry: Any) -> dict[str, int]:
    act, issuer = registry.functions, chain.accounts[1]
    stream, root, size = keccak(text="audit"), keccak(text="root"), 1_000_000
    return {
        "anchor_first": chain.gas(act.anchor(issuer, stream, NOTHING, size, root), issuer),
        "anchor_steady": chain.gas(
            act.anchor(issuer, stream, (b"\0" * 32, root, size), size + 100, keccak(root)), issuer
        ),
    }


def _sign(
    chain: LocalChain,
    registry: Any,
    name: str,
    account: Any,
    types: dict[str, list[tuple[str, str]]],
    message: dict[str, object],
) -> tuple[bytes, int, bytes]:
    domain = {
        "name": name,
        "version": "1",
        "chainId": chain.web3.eth.chain_id,
        "verifyingContract": registry.address,
    }
    described = {
        kind: [{"name": field, "type": of} for field, of in fields]
        for kind, fields in types.items()
    }
    signed = account.sign_typed_data(domain, described, message)
    return bytes.fromhex(account.address[2:]), FAR, bytes(signed.signature)
