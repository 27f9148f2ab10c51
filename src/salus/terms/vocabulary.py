"""The small closed vocabularies of consent terms. Numbers and orders are encoded: append only.

Example:
    >>> Confidentiality.N < Confidentiality.R
    True
    >>> Action("access")
    <Action.ACCESS: 'access'>
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Effect(IntEnum):
    """What a rule does to the requests that it matches."""

    DENY = 0
    PERMIT = 1


class Policy(IntEnum):
    """What applies where not even the base rule matches (FHIR: Consent.policyRule)."""

    NONE = 0
    DENY = 1
    PERMIT = 2


class Action(StrEnum):
    """What is done with a record, as in HL7's consentaction; the order is the bit, permanently."""

    COLLECT = "collect"
    ACCESS = "access"
    USE = "use"
    DISCLOSE = "disclose"
    CORRECT = "correct"


class Confidentiality(IntEnum):
    """HL7's v3-Confidentiality from lowest to highest; a maximum covers all below it."""

    U = 1
    L = 2
    M = 3
    N = 4
    R = 5
    V = 6


class Part(IntEnum):
    """The part that an actor plays in a disclosure."""

    RECIPIENT = 0
    CUSTODIAN = 1
    AUTHOR = 2


class ActorKind(IntEnum):
    """How an actor is named."""

    ADDRESS = 0
    ROLE = 1
    REFERENCE = 2
