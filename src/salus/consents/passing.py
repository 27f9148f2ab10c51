"""Passing a consent on: strictly less than is held, to the depth that the patient stated.

What counts is what the patient's consent and every link permit together, at one block, so that a
link that says more opens no more; what the patient denies elsewhere wins. The patient's revocation
ends all of them; whoever passed on ends what is below; the patient may end a single link too.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.consents.passing == me.consents.passing
    True
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from salus.chain.control_check import verify_typed_data
from salus.chain.registry_client import RegistryClient
from salus.consents.actors import ActorDirectory
from salus.consents.checks import ConsentChecks, Standing
from salus.consents.closing import deny
from salus.consents.documents import Consent, Presented, consent_of
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.consents.handlers import ConsentHandlers
from salus.consents.passed_documents import ConsentLink, PassedConsent, pass_under
from salus.errors import CredentialError
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Deadline, utc
from salus.terms.description import describe, in_words
from salus.terms.evaluation import STRICTNESS, combine, evaluate
from salus.terms.model import Terms
from salus.terms.request import Decision, Outcome, Request, unknown_in
from salus.terms.vocabulary import Action
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer

LIFETIME = 90 * 24 * 3600
"""Seconds for which a link counts by default."""


class PassedConsents:
    """Consents that grantees pass on, and what they decide.

    Args:
        registry: `ConsentRegistry`, where links are revoked.
        checks: Whether the patient's consent is in force.
        actors: Who somebody is to the patient's consents.
        handlers: What is kept of the patient's other consents.
    """

    @typed_arguments
    def __init__(
        self,
        registry: RegistryClient,
        checks: ConsentChecks,
        actors: ActorDirectory,
        *,
        handlers: ConsentHandlers,
    ) -> None:
        self._chain, self._registry = registry.chain, registry
        self._checks, self._actors, self._handlers = checks, actors, handlers

    def __repr__(self) -> str:
        return f"PassedConsents({self._registry.who})"

    @typed_arguments
    def sign(
        self,
        held: Presented | PassedConsent,
        grantee: AnyIdentity,
        terms: Terms,
        *,
        by: Signer | None = None,
        until: Deadline | None = None,
    ) -> PassedConsent:
        """Pass on what one holds, or less; nothing is sent.

        Args:
            held: The patient's consent, or what was passed on of one.
            grantee: To whom: an identity, or a signer for it.
            terms: What is passed on at most; with a smaller ``redisclosure_depth`` than is held.
            by: Who signs for its grantee; the client's account when None.
            until: Until when it counts: a moment, or a timedelta; defaults to 90 days.

        Returns:
            The document, to be sealed to the new grantee.

        Raises:
            InputError: Who signs is not the grantee, or it may not be passed on so.
            ConsentNotInForce: What is held is over.
        """
        signer = self._registry.payer if by is None else by
        if isinstance(held, PassedConsent):
            self.require(held)
        else:
            self._checks.require(held)
        return pass_under(
            held,
            identity_of(grantee),
            terms,
            by=signer,
            chain_id=self._chain.chain_id,
            until=self._chain.deadline(LIFETIME, told=until),
            salt=secrets.token_bytes(32),
        )

    @typed_arguments
    def require(self, passed: PassedConsent, *, block: int | None = None) -> Standing:
        """Require that a consent and every link under it is in force.

        Args:
            passed: The document.
            block: The block to decide at; defaults to the latest.

        Returns:
            How the patient's consent stands.

        Raises:
            ConsentNotInForce: The patient's consent is over, or a link is; with the reason.
        """
        standing = self._checks.require(passed.presented, block=block)
        at = self._chain.block(standing.block_number)
        for each in passed.links:
            problem = self._problem(passed, each, at.number, at.timestamp)
            if problem is not None:
                advice = f"Ask {each.holder} to pass it on anew"
                raise ConsentNotInForce(hex0x(each.id), problem, advice=advice)
        return standing

    @typed_arguments
    def decide(
        self,
        request: Request,
        passed: PassedConsent,
        *,
        beside: Iterable[Presented] = (),
        block: int | None = None,
    ) -> Decision:
        """Evaluate a request of the last grantee: the consent and all links have to permit it.

        What the patient said elsewhere is asked too: a deny in any consent that is given, or in
        force and kept here, wins.

        Args:
            request: Who wants what, for what; its hops are those of the document.
            passed: The document.
            beside: Other consents of the patient. Those that name the last grantee permit too;
                others can only close.
            block: The block to decide at; defaults to the latest.

        Returns:
            The decision that permits it; it names the consents and the links.

        Raises:
            ConsentNotInForce: One is not, the document names another grantee, or a consent beside
                it is another patient's.
            ConsentRefused: Together they do not permit it at once, or somebody had no right to
                pass on.
        """
        shown = tuple(beside)
        decision = self.weigh(request, passed, beside=shown, block=block)
        if not decision.permits:
            links, others = (each.terms for each in passed.links), map(consent_of, shown)
            said = [passed.consent.terms, *links, *(each.terms for each in others)]
            raise ConsentRefused(
                str(decision.outcome),
                decision.reason,
                purpose=request.purpose,
                asked=in_words(request),
                covers=" ".join(map(describe, said)),
                unknown=unknown_in(request, said),
            )
        return decision

    @typed_arguments
    def weigh(
        self,
        request: Request,
        passed: PassedConsent,
        *,
        beside: Iterable[Presented] = (),
        block: int | None = None,
    ) -> Decision:
        """Decide as :meth:`decide` does, and return a refusal too, or one with words to be read.

        Args:
            request: As for :meth:`decide`, as are the others and the errors.
            passed: The document.
            beside: Other consents of the patient.
            block: The block to decide at.

        Returns:
            The decision; its residuals are those of the consent and of all links.
        """
        at = self.require(passed, block=block).block_number
        if request.recipient.address != passed.grantee:
            last = hex0x(passed.links[-1].id)
            raise ConsentNotInForce(last, "it names another grantee")
        shown = [self._beside(each, passed, at) for each in beside]
        closing = (*shown, *self._closing(request, passed, at))
        chain = _together(list(self._decisions(request, passed, closing, at)))
        party = self._actors.party(passed.grantee, patient=passed.consent.patient, block=at)
        asked = replace(request, recipient=party, hops=0)
        decision = combine(
            [chain]
            + [
                evaluate(each.terms, asked, consent_id=each.id, block=at)
                for each in shown
                if each.grantee == passed.grantee
            ]
        )
        heard = (each.id for each in closing)
        return replace(decision, consents=tuple(dict.fromkeys((*decision.consents, *heard))))

    @typed_arguments
    def revoke(self, link: ConsentLink, *, patient: AnyIdentity | None = None) -> Transaction:
        """End a link permanently, and all that stands under it.

        Args:
            link: The link.
            patient: The patient, where it is the patient that ends it; its holder when None.

        Returns:
            The transaction.

        Raises:
            NotController: The account does not act for its holder, or the patient.
            ConsentAlreadyRevoked: It was ended.
        """
        whose = link.holder if patient is None else identity_of(patient)
        return self._registry.send("revokeConsent", whose, link.id)

    # -----------------------------------------------------------------------------------------

    def _problem(
        self, passed: PassedConsent, link: ConsentLink, block: int, now: int
    ) -> str | None:
        if link.chain_id != self._chain.chain_id:
            return f"it is of chain {link.chain_id}"
        if now > link.until:
            return f"it lapsed at {utc(link.until)}"
        for who, name in ((link.holder, "its holder"), (passed.consent.patient, "the patient")):
            revoked = self._checks.status(who, link.id, block=block).revoked_at
            if revoked:
                return f"{name} revoked it at {utc(revoked)}"
        if link.signed is None:
            return "nobody signed it"
        shown = (link.message.typed_data(), link.signed.signer, link.signed.signature)
        try:
            verify_typed_data(self._chain, link.holder, *shown, block=block)
        except CredentialError as problem:
            return str(problem)
        return None

    def _beside(self, presented: Presented, passed: PassedConsent, block: int) -> Consent:
        consent = self._checks.require(presented, block=block).consent
        if consent.patient != passed.consent.patient:
            raise ConsentNotInForce(hex0x(consent.id), "it is another patient's")
        return consent

    def _closing(self, request: Request, passed: PassedConsent, block: int) -> tuple[Consent, ...]:
        """What is kept here of the patient's consents that may close to somebody in the chain."""
        links, custodian = (each.grantee for each in passed.links), request.custodian.address
        parties = [passed.consent.grantee, *links, *([custodian] if custodian else [])]
        return self._handlers.closing(passed.consent.patient, parties, block=block)

    def _decisions(
        self, request: Request, passed: PassedConsent, closing: Sequence[Consent], block: int
    ) -> Iterator[Decision]:
        """What everything above each grantee says of it, and of who passed on to it.

        Who passes on must be permitted to disclose; who is passed on to, what is asked. A link
        counts how often it was passed on below it. What closes counts from its own grantee on.
        """
        above = [(passed.consent.id, passed.consent.terms)]
        holder = passed.consent.grantee
        disclosing = replace(request, action=Action.DISCLOSE)
        for each in passed.links:
            parties = [
                replace(
                    asked,
                    recipient=self._actors.party(who, patient=passed.consent.patient, block=block),
                )
                for asked, who in ((disclosing, holder), (request, each.grantee))
            ]
            for further, asked in enumerate(parties):
                yield from _asked(asked, above, block, further=further)
                if denied := deny(closing, replace(asked, hops=0), block=block):
                    yield replace(denied, reason=f"another consent: {denied.reason}")
            above.append((each.id, each.terms))
            holder = each.grantee
        yield from _asked(parties[-1], above, block)


def _asked(
    request: Request, above: list[tuple[bytes, Terms]], block: int, *, further: int = 0
) -> Iterator[Decision]:
    for at, (name, terms) in enumerate(above):
        asked = replace(request, hops=len(above) - 1 - at + further)
        yield evaluate(terms, asked, consent_id=name, block=block)


def _together(said: Sequence[Decision]) -> Decision:
    """What several decide that must permit together: the strictest of them, and all words."""
    strictest = min(said, key=lambda each: STRICTNESS.index(each.ordinary))
    consents = dict.fromkeys(each for one in said for each in one.consents)
    words = dict.fromkeys(each for one in said for each in one.residuals)
    is_open = strictest.ordinary is Outcome.PERMIT_WITH_RESIDUAL
    residuals = tuple(words) if is_open else strictest.residuals
    return replace(strictest, consents=tuple(consents), residuals=residuals)
