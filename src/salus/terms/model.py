"""What consent terms are made of: a base rule, its exceptions and the policy behind them.

Example:
    >>> from datetime import date
    >>> terms = Terms.permit("TREAT", until=date(2030, 1, 1)).except_(sensitivities="PSY")
    >>> terms == Terms(
    ...     base=Rule(
    ...         effect=Effect.PERMIT,
    ...         purposes=frozenset({"TREAT"}),
    ...         validity=Period(end=date(2030, 1, 1)),
    ...     ),
    ...     exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})),),
    ... )
    True
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Unpack

from salus.errors import InvalidValue
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.terms.actor import Actor
from salus.terms.classes import CLASSES
from salus.terms.conditions import Conditions, Words, fields_of
from salus.terms.errors import InvalidTerms
from salus.terms.period import Period
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Action, ActorKind, Confidentiality, Effect, Part, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_EXCEPTIONS = 15
MAX_ACTORS = 15
MAX_REDISCLOSURE = 255
DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Rule:
    """One provision. An empty set or None says nothing; an exception then takes its parent's.

    Args:
        effect: permit or deny.
        parent: which rule this is an exception to: 0 is the base, n the nth exception.
        actions: what may or may not be done.
        purposes: codes of PurposeOfUse; each includes those below it, save break the glass.
        classes: resource classes.
        sensitivities: codes of InformationSensitivityPolicy.
        confidentiality: up to which label a permit reaches, or from which upwards a deny does.
        validity: when the rule applies; the base rule's bounds the whole consent.
        data_period: of which time the records must be.
        actors: to whom it applies; several of one part are alternatives, parts are joined.
        redisclosure_depth: how often a permit's recipient may pass on, 0 to 255.
        remuneration: whether a permit holds when somebody pays for the data.
        never_to_payer: whether a permit, and those below it, refuse every accredited payer.
        residual: SHA-256 of conditions that do not fit here and must be read, 32 bytes.

    Raises:
        InvalidTerms: a value is out of range.
        UnknownCode: a code is not in its table.
    """

    effect: Effect
    parent: int = 0
    actions: frozenset[Action] = frozenset()
    purposes: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    sensitivities: frozenset[str] = frozenset()
    confidentiality: Confidentiality | None = None
    validity: Period | None = None
    data_period: Period | None = None
    actors: frozenset[Actor] = frozenset()
    redisclosure_depth: int = 0
    remuneration: bool = False
    never_to_payer: bool = False
    residual: bytes | None = None

    def __post_init__(self) -> None:
        PURPOSES.to_mask(self.purposes)
        CLASSES.to_mask(self.classes)
        SENSITIVITIES.to_mask(self.sensitivities)
        if any(sum(each.part is part for each in self.actors) > MAX_ACTORS for part in Part):
            raise InvalidTerms(field="actors", problem=f"are more than {MAX_ACTORS} of one part")
        if not 0 <= self.redisclosure_depth <= MAX_REDISCLOSURE:
            raise InvalidTerms(field="redisclosure_depth", problem="is not between 0 and 255")
        if self.residual is not None and len(self.residual) != DIGEST_BYTES:
            raise InvalidTerms(field="residual", problem="is not a digest of 32 bytes")
        if self.effect is Effect.DENY and (
            self.redisclosure_depth or self.remuneration or self.never_to_payer
        ):
            raise InvalidTerms(field="flags", problem="belong to permits; this rule denies")


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Terms:
    """A base rule, up to 15 exceptions to it or to each other, and the policy behind them.

    Args:
        base: the rule that everything else is an exception to.
        exceptions: further rules, each with its own exceptions right behind it, as when a tree
            is read aloud; one tree has one order.
        policy: what applies to requests that the base rule does not match.

    Raises:
        InvalidTerms: there are too many exceptions, one does not stand below its parent, or policy
            and base both permit, so that the base's conditions would be void.
    """

    base: Rule
    exceptions: tuple[Rule, ...] = ()
    policy: Policy = Policy.NONE
    # Every request walks these: worked out once.
    _lineages: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)
    _complete: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    memo: dict[str, Any] = field(init=False, repr=False, compare=False)
    """What was worked out of them, and is no part of the value."""

    def __post_init__(self) -> None:
        if self.base.parent:
            raise InvalidTerms(field="base", problem="cannot be an exception to another rule")
        if len(self.exceptions) > MAX_EXCEPTIONS:
            raise InvalidTerms(field="exceptions", problem=f"are more than {MAX_EXCEPTIONS}")
        lineages: list[tuple[int, ...]] = [(0,)]
        complete = [self.base]
        for position, rule in enumerate(self.exceptions, start=1):
            if rule.parent not in lineages[-1]:
                raise InvalidTerms(
                    field=f"exception {position}",
                    problem="must follow its parent, or what is nested below its parent",
                )
            lineages.append((position, *lineages[rule.parent]))
            complete.append(_inherit(rule, complete[rule.parent]))
        object.__setattr__(self, "_lineages", tuple(lineages))
        object.__setattr__(self, "_complete", tuple(complete))
        object.__setattr__(self, "memo", {})
        if self.policy is Policy.PERMIT and self.base.effect is Effect.PERMIT:
            raise InvalidTerms(
                field="policy", problem="permits what the permitting base rule leaves out"
            )

    @classmethod
    def permit(cls, *purposes: Words, **conditions: Unpack[Conditions]) -> Terms:
        """Permit what fits, and nothing else.

        Args:
            *purposes: Codes of PurposeOfUse, or a list of them; any purpose where there are none.
            **conditions: Further conditions: those of `Rule`, of which one word needs no set;
                ``since`` and ``until`` in the place of a validity: a date, a datetime, Unix
                seconds, or until a timedelta after since.

        Returns:
            The terms; add exceptions with :meth:`except_`.

        Raises:
            InvalidTerms: A condition is out of range.
            UnknownCode: A code is not in its table.
            InvalidValue: A condition is of another type.
        """
        return cls(base=_rule("permit", purposes, conditions, effect=Effect.PERMIT))

    @classmethod
    def deny(cls, *purposes: Words, **conditions: Unpack[Conditions]) -> Terms:
        """Deny what fits.

        Args:
            *purposes: As for :meth:`permit`.
            **conditions: As for :meth:`permit`.

        Returns:
            The terms; add exceptions with :meth:`except_`.

        Raises:
            InvalidTerms: As for :meth:`permit`, as are the other errors.
        """
        return cls(base=_rule("deny", purposes, conditions, effect=Effect.DENY))

    @typed_arguments
    def except_(self, *purposes: Words, parent: int = 0, **conditions: Unpack[Conditions]) -> Terms:
        """Add an exception: it denies below what permits, and permits below what denies.

        Args:
            *purposes: As for :meth:`permit`, as are the errors; the parent's where there are none.
            parent: Which rule it is an exception to: 0 is the base, n the nth exception.
            **conditions: As for :meth:`permit`; what is left out is the parent's.

        Returns:
            New terms; these stay as they are.
        """
        above = self.rules[self._checked(parent, name="parent")]
        effect = Effect.DENY if above.effect is Effect.PERMIT else Effect.PERMIT
        exception = _rule("except_", purposes, conditions, effect=effect, parent=parent)
        return replace(self, exceptions=(*self.exceptions, exception))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The base rule, then the exceptions: positions in it are what ``parent`` means."""
        return (self.base, *self.exceptions)

    @property
    def references(self) -> frozenset[str]:
        """Whom they name as FHIR does, not by address: somebody has to vouch for who that is."""
        return frozenset(
            actor.value
            for rule in self.rules
            for actor in rule.actors
            if actor.kind is ActorKind.REFERENCE and not actor.value.startswith("did:ethr:")
        )

    def lineage(self, position: int) -> tuple[int, ...]:
        """Walk from a rule to the base.

        Args:
            position: the rule's position; 0 is the base.

        Returns:
            The positions, the rule's own first and 0 last.
        """
        return self._lineages[self._checked(position)]

    def effective(self, position: int) -> Rule:
        """Complete a rule with what it leaves to the rules above it.

        Sensitivities and confidentiality go together, as security labels do, and actors go by
        part. Validity is not inherited: all rules above must be valid as well.

        Args:
            position: the rule's position; 0 is the base.

        Returns:
            The rule with its own conditions and, where it has none, those of its nearest ancestor
            that has some.
        """
        return self._complete[self._checked(position)]

    def labels_of(self, position: int) -> Rule:
        """Find the rule whose sensitivities and confidentiality count for a rule.

        A confidentiality is where a permit ends and where a deny begins, also for the exceptions
        that take it over: a deny below "permitted up to normal" is about what is up to normal.

        Args:
            position: the rule's position; 0 is the base.

        Returns:
            The rule itself where it names some, else its nearest ancestor that does, else the base.
        """
        lineage = [self.rules[above] for above in self.lineage(position)]
        return next((rule for rule in lineage if _is_labelled(rule)), self.base)

    def depth(self, position: int) -> int:
        """Return how deep a rule is nested.

        Args:
            position: the rule's position; 0 is the base.

        Returns:
            0 for the base, 1 for an exception to it, and so on.
        """
        return len(self.lineage(position)) - 1

    def _checked(self, position: int, *, name: str = "position") -> int:
        if type(position) is not int or not 0 <= position <= len(self.exceptions):
            raise InvalidTerms(
                field=name, problem=f"is not a rule: they are 0 to {len(self.exceptions)}"
            )
        return position


def _rule(owner: str, purposes: Iterable[Words], conditions: Any, **fixed: Any) -> Rule:
    """A rule in an author's words; errors name the verb and the argument that the author wrote."""
    try:
        return Rule(**fixed, **fields_of(owner, purposes, conditions))
    except InvalidValue as error:
        if error.owner != Rule.__name__:
            raise
        raise InvalidValue(owner, error.field, error.problem) from None


def _is_labelled(rule: Rule) -> bool:
    return bool(rule.sensitivities) or rule.confidentiality is not None


def _inherit(rule: Rule, parent: Rule) -> Rule:
    labelled = rule if _is_labelled(rule) else parent
    parts = {actor.part for actor in rule.actors}
    return replace(
        rule,
        actions=rule.actions or parent.actions,
        purposes=rule.purposes or parent.purposes,
        classes=rule.classes or parent.classes,
        sensitivities=labelled.sensitivities,
        confidentiality=labelled.confidentiality,
        data_period=rule.data_period or parent.data_period,
        actors=rule.actors | {actor for actor in parent.actors if actor.part not in parts},
    )
