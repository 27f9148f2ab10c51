"""A record that somebody else shared, with the consents under which it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.errors import InputError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.terms.vocabulary import Action

if TYPE_CHECKING:
    from salus.consents.documents import Presented
    from salus.terms.request import ResourceFacts
    from salus.vault.documents.manifest import Manifest
    from salus.vault.versions.opened import OpenedRecord

_Got = TypeVar("_Got")


@runtime_checkable
class Opener(Protocol):
    """What opens a record under one consent: `Records` does."""

    def open(
        self,
        record: Manifest,
        /,
        *,
        under: Presented,
        purpose: str,
        action: Action,
        facts: ResourceFacts | None,
    ) -> bytes:
        """Open it into memory."""

    def read(
        self,
        record: Manifest,
        /,
        *,
        under: Presented,
        purpose: str,
        action: Action,
        facts: ResourceFacts | None,
    ) -> OpenedRecord:
        """Open it to read it in parts."""


class Received:
    """A received record: it opens for a purpose, under the consents that it came under.

    Attributes:
        manifest: What it is and where it lies.
        consents: Documents of the consents that are known here and under which it came.
    """

    @typed_arguments
    def __init__(self, manifest: Manifest, consents: Sequence[Presented], opener: Opener) -> None:
        self.manifest = manifest
        self.consents = tuple(consents)
        self._opener = opener

    @property
    def id(self) -> str:
        """The record's id, 32 hexadecimal digits."""
        return self.manifest.record_id

    @property
    def issuer(self) -> Address:
        """Who issued it."""
        return self.manifest.issuer

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.manifest.plaintext_size

    @property
    def media_type(self) -> str:
        """What it is (RFC 6838)."""
        return self.manifest.media_type

    @typed_arguments
    def open(
        self,
        purpose: str,
        *,
        action: Action = Action.ACCESS,
        facts: ResourceFacts | None = None,
    ) -> bytes:
        """Open it into memory, under a consent that permits it.

        Args:
            purpose: For what, an HL7 PurposeOfUse code.
            action: What is done with it.
            facts: What else terms look at.

        Returns:
            Its exact bytes.

        Raises:
            ConsentNotInForce: None of the consents that it came under stands.
            ConsentRefused: None permits it, or another consent that is known here denies it.
            SalusError: As for `Records.read`.
        """
        return self._under_one(
            lambda under: self._opener.open(
                self.manifest, under=under, purpose=purpose, action=action, facts=facts
            )
        )

    @typed_arguments
    def read(
        self,
        purpose: str,
        *,
        action: Action = Action.ACCESS,
        facts: ResourceFacts | None = None,
    ) -> OpenedRecord:
        """Open it to read it in parts, as a stream, or into a file; see :meth:`open`."""
        return self._under_one(
            lambda under: self._opener.read(
                self.manifest, under=under, purpose=purpose, action=action, facts=facts
            )
        )

    def _under_one(self, act: Callable[[Presented], _Got]) -> _Got:
        problem: ConsentNotInForce | ConsentRefused | None = None
        for each in self.consents:
            try:
                return act(each)
            except (ConsentNotInForce, ConsentRefused) as refused:
                problem = refused if problem is None else problem
        if problem is not None:
            raise problem
        raise InputError(
            f"no consent is known here under which record {self.id} came: open it with"
            " `records.open()` and `under=`"
        )

    def __repr__(self) -> str:
        return f"Received({self.id}, of {self.manifest.issuer})"
