"""What a share looks like in the post: a letter with the consent, then parcels of keys.

Example:
    >>> Collected().manifests
    ()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from salus.consent_documents import SignedConsent
from salus.errors import MissingKey, SalusError
from salus.vault import IdentityKeys, Inbox, Manifest, Vault, Verify
from salus.vault.letters import Letter
from salus.vault.parcels import Parcel, pack

TERMS, PARCEL = "terms", "parcel"
"""Kinds of letters."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What an inbox held.

    Attributes:
        consents: Consent documents, unchecked: the chain tells whether they are in force.
        manifests: Records that can be opened now.
        problems: Why single messages could not be taken; the others were.
    """

    consents: tuple[SignedConsent, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    problems: tuple[SalusError, ...] = ()


def together(parcels: Iterable[Iterable[Parcel]]) -> Iterator[Parcel]:
    """Put the pointers of many small parcels into few: a letter costs a signature and a sealing."""
    pointers = chain.from_iterable(each.pointers for some in parcels for each in some)
    return pack((None, pointer) for pointer in pointers)


def collect(inbox: Inbox, vault: Vault, keys: IdentityKeys, *, verify: Verify) -> Collected:
    """Take in everything in an inbox; what is garbage, foreign or forged does not stop the rest.

    Parcels may arrive in any order: those that wait for a key are tried again after the others.
    """
    problems: list[SalusError] = []
    letters: list[Letter] = []
    for received in inbox.receive(keys, verify=verify):
        if received.letter is not None:
            letters.append(received.letter)
        elif received.problem is not None:
            problems.append(received.problem)
    consents = _consents([each for each in letters if each.kind == TERMS], problems)
    manifests = _parcels([each for each in letters if each.kind == PARCEL], vault, verify, problems)
    return Collected(consents, manifests, tuple(problems))


def _consents(letters: list[Letter], problems: list[SalusError]) -> tuple[SignedConsent, ...]:
    found = []
    for letter in letters:
        try:
            found.append(SignedConsent.from_json(letter.body))
        except SalusError as problem:
            problems.append(problem)
    return tuple(found)


def _parcels(
    letters: list[Letter], vault: Vault, verify: Verify, problems: list[SalusError]
) -> tuple[Manifest, ...]:
    manifests: list[Manifest] = []
    waiting = letters
    while waiting:
        later: list[tuple[Letter, SalusError]] = []
        for letter in waiting:
            try:
                manifests += vault.receive(letter.body, sender=letter.sender, verify=verify)
            except MissingKey as problem:
                later.append((letter, problem))
            except SalusError as problem:
                problems.append(problem)
        if len(later) == len(waiting):
            problems += [problem for _, problem in later]
            break
        waiting = [letter for letter, _ in later]
    return tuple(manifests)
