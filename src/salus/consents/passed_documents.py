"""A consent that was passed on: the patient's, and under it a link for each who passed it on.

A link is signed by the grantee of what it stands under, and names a further grantee and terms. It
opens nothing by itself: a request must be permitted by the patient's consent and by every link.

Example:
    >>> from salus.chain import Account
    >>> from salus.consents.documents import Consent, unsigned
    >>> clinic, doctor = Account.create(), Account.create()
    >>> own = Consent("0x" + "12" * 20, clinic.identity, Terms.permit("TREAT",
    ...     redisclosure_depth=1), bytes(32), bytes(32))
    >>> passed = pass_under(unsigned(own), doctor.identity, Terms.permit("TREAT"), by=clinic,
    ...     chain_id=31337, until=1_900_000_000, salt=bytes(32))
    >>> PassedConsent.from_json(passed.to_json()) == passed
    True
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from salus.consents.documents import LONGEST, Consent, Presented, read_consent
from salus.consents.errors import MalformedPassedConsent
from salus.errors import InputError
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.terms.encoding import decode, encode
from salus.terms.model import Terms
from salus.terms.vocabulary import Effect
from salus.vault.documents.statements import Author, Signed, Statement, vouch
from salus_verify.encoding import canonical, hex0x
from salus_verify.fields import MAX_INTEGER, Fields

LINK, PASSED = "salus/consent-link/v1", "salus/passed-consent/v1"
MOST_LINKS = 16
"""The most times that a consent is passed on."""

_KIND = "consent-link"


@dataclass(frozen=True, slots=True)
@typed
class ConsentLink:
    """That a grantee passes on, signed.

    Attributes:
        chain_id: The chain that the consent is of (EIP-155).
        under: The id of the consent or link that it stands under, 32 bytes.
        holder: Who passes on: the grantee of that.
        grantee: To whom.
        terms: What is passed on, at most.
        until: Until when it counts, Unix seconds.
        salt: 32 random bytes.
        signed: The holder's signature.

    Raises:
        InputError: A name or the salt has another length, or the chain or time is none.
    """

    chain_id: int
    under: bytes
    holder: Address
    grantee: Address
    terms: Terms
    until: int
    salt: bytes = field(repr=False)
    signed: Signed | None = None

    def __post_init__(self) -> None:
        if len(self.under) != 32 or len(self.salt) != 32:
            raise InputError(
                f"a link stands under an id of 32 bytes and has a salt of 32, not"
                f" {len(self.under)} and {len(self.salt)}: consents.passing.sign makes it"
            )
        if not 0 < self.chain_id <= MAX_INTEGER:
            raise InputError(f"{self.chain_id} is no chain: give the id that the consent is of")
        if not 0 <= self.until <= MAX_INTEGER:
            raise InputError(f"until {self.until} is not a time: give Unix seconds below 2**53")

    @property
    def id(self) -> bytes:
        """SHA-256 of what is signed, 32 bytes: its name, and what is revoked on chain."""
        return hashlib.sha256(canonical(self.members)).digest()

    @property
    def members(self) -> dict[str, Any]:
        """What is signed."""
        return {
            "type": LINK,
            "chainId": self.chain_id,
            "under": hex0x(self.under),
            "holder": lower_case(self.holder),
            "grantee": lower_case(self.grantee),
            "terms": hex0x(encode(self.terms)),
            "until": self.until,
            "salt": hex0x(self.salt),
        }

    @property
    def message(self) -> Statement:
        """What the holder's key signs."""
        return Statement(_KIND, self.holder, self.id, self.chain_id)


@dataclass(frozen=True, slots=True)
@typed
class PassedConsent:
    """A patient's consent with the links under it; the last names who holds this document.

    Attributes:
        presented: The patient's consent, with what makes it valid.
        links: From the first who passed it on; at least one.

    Raises:
        InputError: There is no link, there are too many, or one does not stand under the one above.
    """

    presented: Presented
    links: tuple[ConsentLink, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.links) <= MOST_LINKS:
            raise InputError(
                f"a passed consent has 1 to {MOST_LINKS} links, not {len(self.links)}: take it as"
                " consents.passing.sign made it"
            )
        above: Consent | ConsentLink = self.presented.consent
        for each in self.links:
            if each.under != above.id or each.holder != above.grantee:
                raise InputError("a link does not stand under the one above it: ask its holder")
            above = each

    @property
    def consent(self) -> Consent:
        """The patient's consent."""
        return self.presented.consent

    @property
    def grantee(self) -> Address:
        """Who may act on it."""
        return self.links[-1].grantee

    def to_json(self) -> str:
        """The document, to be sealed to the grantee: canonical JSON (RFC 8785)."""
        links = [
            each.members | {"signature": each.signed.to_json()}
            for each in self.links
            if each.signed
        ]
        consent = self.presented.to_json()
        return canonical({"type": PASSED, "consent": consent, "links": links}).decode()

    @classmethod
    @typed_arguments
    def from_json(cls, document: str | bytes) -> PassedConsent:
        """Read a document; `PassedConsents.require` says whether it is in force.

        Args:
            document: What :meth:`to_json` wrote.

        Returns:
            The consent; nothing in it is believed before it was checked.

        Raises:
            MalformedPassedConsent: It is not one that this release reads.
        """
        if len(document) > LONGEST:
            raise MalformedPassedConsent(f"it is longer than {LONGEST} bytes")
        fields = Fields.load(document, error=MalformedPassedConsent)
        if (kind := fields.text("type")) != PASSED:
            fields.fail(f"its type is {kind!r}, this release reads {PASSED!r}")
        consent = fields.text("consent", longest=LONGEST)
        links = fields.objects("links", most=MOST_LINKS)
        fields.end()
        try:
            return cls(read_consent(consent), tuple(map(_link, links)))
        except InputError as problem:
            if isinstance(problem, MalformedPassedConsent):
                raise
            raise MalformedPassedConsent(str(problem).rstrip(".")) from None


def _link(fields: Fields) -> ConsentLink:
    if fields.text("type") != LINK:
        fields.fail(f"a link's type is not {LINK!r}")
    link = ConsentLink(
        chain_id=fields.integer("chainId", minimum=1),
        under=fields.hexadecimal("under"),
        holder=fields.address("holder"),
        grantee=fields.address("grantee"),
        terms=decode(fields.hexadecimal("terms", size=None, longest=LONGEST)),
        until=fields.integer("until"),
        salt=fields.hexadecimal("salt"),
        signed=Signed.from_fields(fields.nested("signature")),
    )
    fields.end()
    return link


def depth_of(terms: Terms) -> int:
    """How often terms let their grantee pass on, at most."""
    return max(rule.redisclosure_depth for rule in terms.rules)


@typed_arguments
def pass_under(
    held: Presented | PassedConsent,
    grantee: Address,
    terms: Terms,
    *,
    by: Author,
    chain_id: int,
    until: int,
    salt: bytes,
) -> PassedConsent:
    """Sign a link under a consent, or under what was passed on of one.

    Raises:
        InputError: Who signs is not its grantee, it may not be passed on, or would be as often
            again.
    """
    links = held.links if isinstance(held, PassedConsent) else ()
    presented = held.presented if isinstance(held, PassedConsent) else held
    above: Consent | ConsentLink = links[-1] if links else presented.consent
    _require_less(above, grantee, terms, by)
    link = ConsentLink(
        chain_id, above.id, above.grantee, grantee, terms=terms, until=until, salt=salt
    )
    signed = replace(link, signed=vouch(by, _KIND, link.id, chain_id))
    return PassedConsent(presented, (*links, signed))


def _require_less(above: Consent | ConsentLink, grantee: Address, terms: Terms, by: Author) -> None:
    if by.identity != above.grantee:
        raise InputError(f"only the grantee passes on: {above.grantee}, not {by.identity}")
    if grantee in (above.grantee, getattr(above, "patient", None)):
        raise InputError("its grantee and its patient have it: pass it on to somebody else")
    left = depth_of(above.terms)
    if not left:
        raise InputError("the consent may not be passed on: ask the patient for one that may")
    if depth_of(terms) >= left:
        raise InputError(
            f"what is passed on may be passed on {left - 1} times at most: give it a"
            " redisclosure_depth below that of what is held"
        )
    if all(rule.effect is Effect.DENY for rule in terms.rules):
        raise InputError("these terms permit nothing: there is nothing to pass on")
