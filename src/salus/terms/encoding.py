"""The canonical binary form of consent terms, version 1, and the digest that a consent commits to.

``docs/terms.md`` has the layout. There is exactly one encoding of given terms: decoding refuses
every other one, so that a digest names one meaning.

Example:
    >>> from salus.terms import Effect, Rule, Terms
    >>> encode(Terms(base=Rule(effect=Effect.DENY))).hex()
    '010001000000000000000000'
"""

from __future__ import annotations

from hashlib import sha256
from struct import pack
from typing import TYPE_CHECKING

from salus.errors import InvalidValue
from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.terms.actor import Actor
from salus.terms.classes import CLASSES
from salus.terms.errors import InvalidTerms, MalformedTerms
from salus.terms.model import DIGEST_BYTES, Rule, Terms
from salus.terms.period import Period
from salus.terms.purposes import PURPOSES
from salus.terms.reader import TermsReader
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Action, ActorKind, Confidentiality, Effect, Part, Policy
from salus_verify.encoding import hex0x, octets_of

if TYPE_CHECKING:
    from salus.terms.codes import CodeTable

VERSION = 1
DIGEST_LABEL = b"salus/consent-terms/v1\x00"

_ACTIONS = tuple(Action)
_PERMIT, _REMUNERATION, _NEVER_TO_PAYER, _RESIDUAL = 1, 2, 4, 8
_VALIDITY_START, _VALIDITY_END, _DATA_START, _DATA_END = 16, 32, 64, 128


@typed_arguments
def terms_digest(terms: Terms) -> bytes:
    """Return what a consent commits to: ``SHA-256("salus/consent-terms/v1" || 0x00 || encoding)``.

    The digest alone is guessable; the consent's salt hides it.

    Args:
        terms: the terms.

    Returns:
        32 bytes.
    """
    return sha256(DIGEST_LABEL + encode(terms)).digest()


@typed_arguments
def encode(terms: Terms) -> bytes:
    """Encode terms canonically; the first byte is the version."""
    head = bytes([VERSION, terms.policy, len(terms.rules)])
    return head + b"".join(_encode_rule(rule) for rule in terms.rules)


@typed_arguments
def decode(encoding: bytes) -> Terms:
    """Decode terms strictly: a known version, nothing left over, the canonical encoding alone.

    Raises:
        MalformedTerms: It is of another version, cut short, too long, or not canonical.
    """
    reader = TermsReader(encoding)
    version = reader.byte("version")
    if version != VERSION:
        raise MalformedTerms(reason=f"version {version}, where {VERSION} is known")
    try:
        terms = _decode_terms(reader)
    except (ValueError, InvalidTerms, InvalidValue) as error:
        raise MalformedTerms(reason=str(error)) from error
    reader.expect_end()
    if encode(terms) != encoding:
        raise MalformedTerms(reason="the encoding is not the canonical one")
    return terms


def _encode_rule(rule: Rule) -> bytes:
    confidentiality = rule.confidentiality or 0
    actions = sum(1 << bit for bit, action in enumerate(_ACTIONS) if action in rule.actions)
    fixed = (rule.parent, _head_of(rule), rule.redisclosure_depth, actions, confidentiality)
    return b"".join(
        (
            bytes(fixed),
            _encode_codes(PURPOSES, rule.purposes),
            _encode_codes(CLASSES, rule.classes),
            _encode_codes(SENSITIVITIES, rule.sensitivities),
            *(pack(">q", side) for side in _sides(rule) if side is not None),
            bytes([len(rule.actors)]),
            *(_encode_actor(actor) for actor in sorted(rule.actors)),
            rule.residual or b"",
        )
    )


def _head_of(rule: Rule) -> int:
    present = (
        (_PERMIT, rule.effect is Effect.PERMIT),
        (_REMUNERATION, rule.remuneration),
        (_NEVER_TO_PAYER, rule.never_to_payer),
        (_RESIDUAL, rule.residual is not None),
        *zip(
            (_VALIDITY_START, _VALIDITY_END, _DATA_START, _DATA_END),
            (side is not None for side in _sides(rule)),
            strict=True,
        ),
    )
    return sum(bit for bit, is_set in present if is_set)


def _sides(rule: Rule) -> tuple[int | None, int | None, int | None, int | None]:
    validity, data = rule.validity, rule.data_period
    return (
        validity.start if validity else None,
        validity.end if validity else None,
        data.start if data else None,
        data.end if data else None,
    )


def _encode_codes(table: CodeTable, codes: frozenset[str]) -> bytes:
    mask = table.to_mask(codes)
    octets = mask.to_bytes((mask.bit_length() + 7) // 8, "big")
    return bytes([len(octets)]) + octets


def _encode_actor(actor: Actor) -> bytes:
    if actor.kind is ActorKind.ADDRESS:
        value = octets_of(actor.value)
    elif actor.kind is ActorKind.ROLE:
        value = bytes([Role[actor.value.upper()]])
    else:
        value = actor.value.encode()
    return bytes([actor.part << 4 | actor.kind, len(value)]) + value


def _decode_terms(reader: TermsReader) -> Terms:
    policy = Policy(reader.byte("policy"))
    count = reader.byte("number of rules")
    if not count:
        raise MalformedTerms(reason="there is no base rule")
    base, *exceptions = [_decode_rule(reader) for _ in range(count)]
    return Terms(base=base, exceptions=tuple(exceptions), policy=policy)


def _decode_rule(reader: TermsReader) -> Rule:
    parent, head = reader.byte("parent"), reader.byte("head")
    redisclosure, actions = reader.byte("re-disclosure depth"), reader.byte("actions")
    confidentiality = reader.byte("confidentiality")
    if actions >> len(_ACTIONS):
        raise MalformedTerms(reason="an unknown action is set")
    return Rule(
        effect=Effect.PERMIT if head & _PERMIT else Effect.DENY,
        parent=parent,
        redisclosure_depth=redisclosure,
        remuneration=bool(head & _REMUNERATION),
        never_to_payer=bool(head & _NEVER_TO_PAYER),
        actions=frozenset(action for bit, action in enumerate(_ACTIONS) if actions >> bit & 1),
        confidentiality=Confidentiality(confidentiality) if confidentiality else None,
        purposes=PURPOSES.from_mask(reader.mask("purposes")),
        classes=CLASSES.from_mask(reader.mask("classes")),
        sensitivities=SENSITIVITIES.from_mask(reader.mask("sensitivities")),
        validity=_decode_period(reader, head & _VALIDITY_START, head & _VALIDITY_END),
        data_period=_decode_period(reader, head & _DATA_START, head & _DATA_END),
        actors=frozenset(_decode_actor(reader) for _ in range(reader.byte("number of actors"))),
        residual=reader.take(DIGEST_BYTES, "residual digest") if head & _RESIDUAL else None,
    )


def _decode_period(reader: TermsReader, has_start: int, has_end: int) -> Period | None:
    if not has_start and not has_end:
        return None
    start = reader.seconds() if has_start else None
    return Period(start=start, end=reader.seconds() if has_end else None)


def _decode_actor(reader: TermsReader) -> Actor:
    kind_of = reader.byte("actor")
    part, kind = Part(kind_of >> 4), ActorKind(kind_of & 15)
    value = reader.take(reader.byte("actor's length"), "actor's value")
    if kind is ActorKind.ADDRESS:
        return Actor(part, kind, hex0x(value))
    if kind is ActorKind.ROLE:
        return Actor.role(Role(int.from_bytes(value, "big")), part)
    return Actor(part, kind, value.decode())
