"""A decision as a document: request, consents, chain and block, to be taken again by anybody.

Who keeps it can show later on what a release rested; who holds it asks the chain at that block and
decides anew. It holds terms and facts of a record: keep it as the record is kept.

Example:
    >>> import salus
    >>> from salus.terms import Action, Party, Request, ResourceFacts, Terms
    >>> me = salus.connect("tester")
    >>> consent = me.consents.propose(me, me, Terms.permit("TREAT"))
    >>> facts = ResourceFacts(resource_class="Condition")
    >>> asked = Request(action=Action.ACCESS, purpose="TREAT", at=me.chain.block().timestamp,
    ...     resource=facts, recipient=Party(address=me.identity))
    >>> ruling = me.consents.rulings.decide(asked, [me.consents.sign(consent, by=me.account)])
    >>> me.consents.rulings.replay(Ruling.from_json(ruling.to_json())) == ruling.decision
    True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from salus.consents.checks import ConsentChecks
from salus.consents.documents import LONGEST, Presented, read_consent
from salus.consents.errors import MalformedRuling, RulingDiffers
from salus.errors import InputError
from salus.primitives.address import lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.primitives.values import typed
from salus.terms.period import Period
from salus.terms.request import Decision, Outcome, Party, Request, ResourceFacts
from salus.terms.vocabulary import Action, Confidentiality
from salus_verify.encoding import canonical, hex0x
from salus_verify.fields import MAX_INTEGER, Fields

if TYPE_CHECKING:
    from salus.accreditations.client import Accreditations
    from salus.chain.chain import Chain

RULING = "salus/ruling/v1"
MOST_CONSENTS, MOST_NAMES = 64, 4096
"""The most consents that a document rests on, and names that somebody has in it."""


@dataclass(frozen=True, slots=True)
@typed
class Ruling:
    """What was decided, and everything that it rests on.

    Attributes:
        chain_id: The chain (EIP-155).
        block_hash: Of the block that was decided at, 0x-prefixed.
        request: What was asked.
        presented: The consents, with what makes them valid.
        decision: What was decided; its reason is for people, and nothing rests on it.
    """

    chain_id: int
    block_hash: str
    request: Request
    presented: tuple[Presented, ...]
    decision: Decision

    def to_json(self) -> str:
        """The document: canonical JSON (RFC 8785)."""
        return canonical(
            {
                "type": RULING,
                "chainId": self.chain_id,
                "block": self.decision.block,
                "blockHash": self.block_hash,
                "request": _request_to_json(self.request),
                "consents": [each.to_json() for each in self.presented],
                "decision": _decision_to_json(self.decision),
            }
        ).decode()

    @classmethod
    @typed_arguments
    def from_json(cls, document: str | bytes) -> Ruling:
        """Read a document; :meth:`Rulings.replay` says whether it is true.

        Args:
            document: What :meth:`to_json` wrote.

        Returns:
            The ruling; nothing in it is believed before it was replayed.

        Raises:
            MalformedRuling: It is not one that this release reads.
        """
        if len(document) > LONGEST:
            raise MalformedRuling(f"it is longer than {LONGEST} bytes")
        fields = Fields.load(document, error=MalformedRuling)
        if (kind := fields.text("type")) != RULING:
            fields.fail(f"its type is {kind!r}, this release reads {RULING!r}")
        try:
            read = cls(
                chain_id=fields.integer("chainId", minimum=1),
                block_hash=hex0x(fields.hexadecimal("blockHash")),
                request=_request(fields.nested("request")),
                presented=tuple(
                    map(read_consent, fields.texts("consents", most=MOST_CONSENTS, longest=LONGEST))
                ),
                decision=_decision(fields.nested("decision"), fields.integer("block")),
            )
        except (InputError, ValueError, KeyError) as problem:
            if isinstance(problem, MalformedRuling):
                raise
            raise MalformedRuling(str(problem).rstrip(".")) from None
        fields.end()
        return read


class Rulings:
    """Decisions that are kept as documents, and taken again.

    Args:
        chain: Where consents are looked up.
        checks: What consents in force decide.
        accreditations: Which roles somebody had.
    """

    @typed_arguments
    def __init__(self, chain: Chain, checks: ConsentChecks, accreditations: Accreditations) -> None:
        self._chain, self._checks, self._accreditations = chain, checks, accreditations

    @typed_arguments
    def decide(
        self, request: Request, presented: Iterable[Presented], *, block: int | None = None
    ) -> Ruling:
        """Decide a request, and say on what; a refusal is a ruling too.

        Args:
            request: Who wants what, for what.
            presented: The consents, all of the patient whose record it is.
            block: The block to decide at; defaults to the latest.

        Returns:
            The ruling.

        Raises:
            ConsentNotInForce: A consent is not, names another grantee, or is another patient's.
            InputError: No consent was given, or there are too many.
        """
        shown = tuple(presented)
        if not 0 < len(shown) <= MOST_CONSENTS:
            raise InputError(f"a ruling rests on 1 to {MOST_CONSENTS} consents: give those")
        at = self._chain.block("latest" if block is None else block)
        decision = self._checks.weigh(request, shown, block=at.number)
        return Ruling(self._chain.chain_id, at.hash, request, shown, decision)

    @typed_arguments
    def replay(self, ruling: Ruling) -> Decision:
        """Decide again at the block of a ruling, and compare all but the words.

        What the request says of the record and of names is taken as it stands there; roles are
        asked again.

        Args:
            ruling: The ruling.

        Returns:
            The decision, which is the ruling's, with its reason in the words of this release.

        Raises:
            RulingDiffers: It is of another chain or block, or something else is decided.
            ConsentNotInForce: A consent did not stand then.
        """
        number = ruling.decision.block
        if ruling.chain_id != self._chain.chain_id:
            raise RulingDiffers(f"it is of chain {ruling.chain_id}")
        if self._chain.block(number).hash != ruling.block_hash:
            raise RulingDiffers(f"block {number} of this chain is another one")
        for who in (ruling.request.recipient, ruling.request.custodian, ruling.request.author):
            self._check_roles(who, number)
        decision = self._checks.weigh(ruling.request, ruling.presented, block=number)
        if replace(decision, reason="") != replace(ruling.decision, reason=""):
            raise RulingDiffers(f"what is decided is {decision.outcome}: {decision.reason}")
        return decision

    def _check_roles(self, party: Party, block: int) -> None:
        if not party.roles:
            return
        if party.address is None:
            raise RulingDiffers("it names roles of somebody without an address, who held none")
        held = self._accreditations.roles(party.address, block=block)
        if not party.roles <= held:
            raise RulingDiffers(f"{party.address} did not hold a role that it names")


def _request_to_json(request: Request) -> dict[str, Any]:
    resource, when = request.resource, request.resource.when
    return {
        "action": request.action.value,
        "purpose": request.purpose,
        "at": request.at,
        "hops": request.hops,
        "remunerated": int(request.remunerated),
        "breakGlassUntil": request.break_glass_until,
        "class": resource.resource_class,
        "sensitivities": sorted(resource.sensitivities),
        "confidentiality": resource.confidentiality.name,
        "when": None if when is None else {"start": when.start, "end": when.end},
        "recipient": _party_to_json(request.recipient),
        "custodian": _party_to_json(request.custodian),
        "author": _party_to_json(request.author),
    }


def _request(fields: Fields) -> Request:
    when = fields.nested_or_none("when")
    read = Request(
        action=Action(fields.text("action")),
        purpose=fields.text("purpose"),
        at=fields.integer("at", minimum=-MAX_INTEGER),
        hops=fields.integer("hops"),
        remunerated=bool(fields.integer("remunerated", maximum=1)),
        break_glass_until=_instant(fields, "breakGlassUntil"),
        resource=ResourceFacts(
            resource_class=fields.text("class"),
            sensitivities=frozenset(fields.texts("sensitivities")),
            confidentiality=Confidentiality[fields.text("confidentiality")],
            when=None if when is None else _period(when),
        ),
        recipient=_party(fields.nested("recipient")),
        custodian=_party(fields.nested("custodian")),
        author=_party(fields.nested("author")),
    )
    fields.end()
    return read


def _party_to_json(party: Party) -> dict[str, Any]:
    named = {} if party.address is None else {"address": lower_case(party.address)}
    return named | {
        "roles": sorted(role.label for role in party.roles),
        "references": sorted(party.references),
        "others": sorted(party.others),
    }


def _party(fields: Fields) -> Party:
    read = Party(
        address=fields.address("address") if fields.has("address") else None,
        roles=frozenset(map(Role.of, fields.texts("roles"))),
        references=frozenset(fields.texts("references", most=MOST_NAMES)),
        others=frozenset(fields.texts("others", most=MOST_NAMES)),
    )
    fields.end()
    return read


def _period(fields: Fields) -> Period:
    read = Period(start=_instant(fields, "start"), end=_instant(fields, "end"))
    fields.end()
    return read


def _decision_to_json(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": str(decision.outcome),
        "ordinary": str(decision.ordinary),
        "consent": None if decision.consent_id is None else hex0x(decision.consent_id),
        "rule": decision.rule,
        "reason": decision.reason,
        "residuals": [hex0x(each) for each in decision.residuals],
        "consents": [hex0x(each) for each in decision.consents],
    }


def _decision(fields: Fields, block: int) -> Decision:
    read = Decision(
        outcome=Outcome(fields.text("outcome")),
        ordinary=Outcome(fields.text("ordinary")),
        consent_id=fields.hexadecimal_or_none("consent"),
        block=block,
        rule=_instant(fields, "rule"),
        reason=fields.text("reason"),
        residuals=fields.hexadecimals("residuals", size=32, most=MOST_CONSENTS),
        consents=fields.hexadecimals("consents", size=32, most=MOST_CONSENTS),
    )
    fields.end()
    return read


def _instant(fields: Fields, name: str) -> int | None:
    value = fields.take(name)
    if value is not None and (type(value) is not int or abs(value) > MAX_INTEGER):
        fields.fail(f"{name!r} is neither a whole number nor null")
    return value
