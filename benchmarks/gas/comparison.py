"""Which of our acts stands beside which of a peer's, and why where ours costs more.

Example:
    >>> ours_of("anchor_steady / 100", {"anchor_steady": 38_000})
    380
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LOSSES = {
    "revokeOffchain": "ours reads who controls the patient's identity in another contract, so that "
    "a rotated, stolen or recovered key means the same here, and keeps the act in the slot of the "
    "consent it ends: it can never be granted afterwards",
    "timestamp": "a stream's first write, once: it opens a log under an identity. A time stamp of "
    "EAS has no issuer, no place and no order, anybody can set it, and every further datum costs "
    "the same again",
    "keccak_10": "hashing is a call of the SHA-256 precompile; in exchange a proof binds place and "
    "size, a growing log has consistency proofs, and certificate-transparency software verifies it",
    "keccak_24": "the same",
    "HealthChains revoke": "the 5,300 gas of reading who controls the patient's identity in "
    "another contract: a rotated, stolen or recovered key means the same everywhere",
}
"""By the peer's act. A loss that is not explained here fails the run."""

ACTS = {
    "eas": [
        ("attest (32 bytes)", "attest", "accredit_first"),
        ("attest (32 bytes)", "attest", "consent_grant"),
        ("multiAttest of 100, each", "multiAttest", "anchor_steady / 100"),
        ("attestByDelegation", "attestByDelegation", "consent_grant_by_sig"),
        ("revoke", "revoke", "accreditation_revoke"),
        ("revoke", "revoke", "consent_revoke"),
        ("revokeOffchain", "revokeOffchain", "consent_revoke_unregistered"),
        ("timestamp", "timestamp", "anchor_first"),
        ("timestamp, again", "timestamp", "anchor_steady"),
        ("multiTimestamp of 100, each", "multiTimestamp", "anchor_steady / 100"),
    ],
    "erc1056": [
        ("changeOwner, first", "changeOwner_first", "identity_rotate"),
        ("changeOwner, then", "changeOwner", "identity_rotate_steady"),
        ("changeOwnerSigned, first", "changeOwnerSigned", "identity_rotate_by_sig"),
        ("setAttribute (32 bytes), first", "setAttribute_first", "identity_set_attribute_first"),
        ("setAttribute (32 bytes), then", "setAttribute", "identity_set_attribute_steady"),
        ("addDelegate, first", "addDelegate_first", "identity_add_delegate_first"),
        ("addDelegate, then", "addDelegate", "identity_add_delegate_steady"),
    ],
    "onchainid": [
        ("proxy, one a user", "proxy", "none: an address is an identity"),
        ("addKey", "addKey", "identity_add_delegate_first"),
        ("addClaim, of an issuer", "addClaim", "accredit_first"),
        ("addClaim, of its own", "addClaim_own", "identity_set_attribute_first"),
    ],
    "openzeppelin": [
        ("keccak proof of 10 levels", "keccak_10", "sha256_10"),
        ("keccak proof of 24 levels", "keccak_24", "sha256_24"),
    ],
}

CITED = [
    ("HealthChains grant", 393_951, "consent_grant"),
    ("HealthChains revoke", 30_273, "consent_revoke"),
    ("MedRec Agent", 728_094, "none: an address is an identity"),
    ("MedRec Relationship", 897_443, "consent_grant"),
    ("PharmaLedger createAnchor", 449_539, "anchor_first"),
    ("PharmaLedger batch of 20, each", 407_731, "anchor_steady / 20"),
    ("IPEHR, register and first EHR", 4_110_000, "anchor_first"),
]
"""Peers without a published artifact: our measurement, November 2026."""


class UnexplainedLoss(Exception):
    """A peer's act costs less than ours, and nothing here says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; `why` is empty where ours costs no more."""

    act: str
    theirs: int
    our_act: str
    ours: int
    why: str


def compare(peer: str, theirs: Mapping[str, int], ours: Mapping[str, int]) -> list[Row]:
    """Put a peer's figures beside ours.

    Args:
        peer: Its key in `ACTS`.
        theirs: Its gas by act.
        ours: Our gas by act.

    Returns:
        Rows, in the order of `ACTS`.

    Raises:
        UnexplainedLoss: See there.
    """
    return [
        _row(said, act, theirs[act], our_act=our_act, ours=ours)
        for said, act, our_act in ACTS[peer]
    ]


def compare_cited(ours: Mapping[str, int]) -> list[Row]:
    """Put the cited figures beside ours.

    Args:
        ours: Our gas by act.

    Returns:
        Rows, in the order of `CITED`.

    Raises:
        UnexplainedLoss: See there.
    """
    return [_row(act, act, theirs, our_act=our_act, ours=ours) for act, theirs, our_act in CITED]


def ours_of(our_act: str, ours: Mapping[str, int]) -> int:
    """Our gas for an act, or for a share of one.

    Args:
        our_act: Its name; `name / 100` for a share; `none: …` where nothing is sent.
        ours: Our gas by act.

    Returns:
        Gas.
    """
    if our_act.startswith("none"):
        return 0
    name, _, share = our_act.partition(" / ")
    return ours[name] // int(share or 1)


def _row(said: str, act: str, theirs: int, *, our_act: str, ours: Mapping[str, int]) -> Row:
    cost = ours_of(our_act, ours)
    lost = cost > theirs
    if lost and act not in LOSSES:
        raise UnexplainedLoss(f"{said}: {theirs} gas, {our_act}: {cost} gas, and no reason given")
    return Row(said, theirs, our_act, cost, LOSSES[act] if lost else "")
