"""Secrets in shares: any m of n give one back, fewer tell nothing (SLIP-39).

Whoever holds a share may bring a wrong one: as long as enough right ones are there, the secret
comes back, and the wrong ones are named.

Example:
    >>> from salus.vault.crypto.shares import recombine, split
    >>> shares = split(bytes(32), needed=2, shares=3)
    >>> len(shares), len(shares[0].split())
    (3, 33)
    >>> found = recombine(["academic acid", *shares[1:]])
    >>> found.secret == bytes(32), found.wrong
    (True, (1,))
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import category, normalize

from salus.primitives.errors import InvalidArgument
from salus.primitives.secrets import never_pickled
from salus.primitives.values import typed
from salus.vault.errors import SharesRefused

if TYPE_CHECKING:
    from shamir_mnemonic import Share  # type: ignore[import-untyped]

MOST = 16
"""The most shares that SLIP-39 knows."""
SECRET_SIZE = 32

_WORD = re.compile(r"[^\W\d_]+")
_TELLING = 4
"""By so many letters each word of SLIP-39 is told from all others."""
_EXPONENT = 1
"""Of the hashing that shares made here ask for; what asks for more is of nobody who means well."""
_Numbered: TypeAlias = "tuple[int, Share]"


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class Recombined:
    """A secret that came back."""

    secret: bytes = field(repr=False)
    wrong: tuple[int, ...]


def split(secret: bytes, *, needed: int, shares: int) -> tuple[str, ...]:
    """Split a secret.

    Args:
        shares: How many there are, at most 16.

    Raises:
        InvalidArgument: The numbers do not fit.
    """
    from shamir_mnemonic import generate_mnemonics

    if len(secret) != SECRET_SIZE:
        raise InvalidArgument("secret", f"{SECRET_SIZE} bytes")
    if not 2 <= needed <= shares <= MOST:
        raise InvalidArgument("shares", f"2 or more needed, of at most {MOST}")
    groups = [(needed, shares)]
    return tuple(generate_mnemonics(1, groups, secret, iteration_exponent=_EXPONENT)[0])


def combine(shares: Iterable[str]) -> bytes:
    """Put a secret together again.

    Returns:
        The secret, 32 bytes.

    Raises:
        SharesRefused: Too few of them belong together.
    """
    return recombine(shares).secret


def recombine(
    shares: Iterable[str],
    *,
    fits: Callable[[bytes], bool] = lambda secret: True,
    of: str = "secret",
) -> Recombined:
    """Put a secret together again, and list the shares that are not part of it."""
    given = [_as_made(share) for share in shares]
    sets, mistyped = _sorted(given)
    refused = False
    for members in sets:
        for chosen in _choices(members):
            secret = _secret_of(chosen)
            if secret is None:
                continue
            if fits(secret):
                right = {given[number - 1] for number in _fitting(members, chosen)}
                wrong = (n for n, words in enumerate(given, start=1) if words not in right)
                return Recombined(secret, tuple(wrong))
            refused = True
    if refused:
        raise SharesRefused(f"they are of another {of}")
    raise SharesRefused(_why(sets, mistyped))


def _as_made(share: str) -> str:
    """A share as it was made, of how people keep and type it.

    Capitals, numbers and marks between words, characters that are not seen, and words cut after
    their fourth letter, as metal plates have them.
    """
    seen = (each for each in normalize("NFKC", share) if category(each) != "Cf")
    return " ".join(_whole(word) for word in _WORD.findall("".join(seen).lower()))


def _whole(word: str) -> str:
    """The word of the list that one begins, by four letters or more; itself where there is none."""
    known = _by_beginning().get(word[:_TELLING], "")
    return known if known.startswith(word) else word


@cache
def _by_beginning() -> dict[str, str]:
    from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]

    return {word[:_TELLING]: word for word in WORDLIST}


def _sorted(given: Sequence[str]) -> tuple[list[list[_Numbered]], list[int]]:
    """The well-formed shares by the set that they say they are of, the largest first."""
    from shamir_mnemonic import MnemonicError, Share

    distinct: Mapping[str, int] = {words: n for n, words in reversed([*enumerate(given, start=1)])}
    sets: defaultdict[tuple[object, ...], list[_Numbered]] = defaultdict(list)
    mistyped = []
    for words, number in sorted(distinct.items(), key=lambda item: item[1]):
        try:
            share = Share.from_mnemonic(words)
        except (MnemonicError, ValueError):
            mistyped.append(number)
        else:
            sets[share.group_parameters()].append((number, share))
    ours = [members for members in sets.values() if _is_ours(members[0][1])]
    came = sum(len(members) for members in ours)
    if came > MOST:
        raise SharesRefused(f"{came} came, and no set has more than {MOST}")
    return sorted(ours, key=len, reverse=True), mistyped


def _is_ours(share: Share) -> bool:
    """Whether a share is of a kind that :func:`split` makes: other kinds prove nothing."""
    return bool(
        share.iteration_exponent == _EXPONENT
        and (share.group_index, share.group_threshold, share.group_count) == (0, 1, 1)
        and share.member_threshold >= 2
    )


def _choices(members: Sequence[_Numbered]) -> Iterator[tuple[_Numbered, ...]]:
    needed = members[0][1].member_threshold
    whole = [each for each in members if len(each[1].value) == SECRET_SIZE]
    for chosen in combinations(whole, needed):
        if len({share.index for _, share in chosen}) == needed:
            yield chosen


def _secret_of(chosen: Iterable[_Numbered]) -> bytes | None:
    """The secret that these give; None where their digest says that they do not fit."""
    # The library's messages quote words of the shares: none of them leaves this function.
    from shamir_mnemonic import MnemonicError
    from shamir_mnemonic.shamir import ShareGroup, recover_ems  # type: ignore[import-untyped]

    group = ShareGroup()
    for _, share in chosen:
        group.add(share)
    try:
        return bytes(recover_ems({0: group}).decrypt(b""))
    except MnemonicError:
        return None


def _fitting(members: Sequence[_Numbered], chosen: tuple[_Numbered, ...]) -> set[int]:
    """Numbers of those that fit the chosen: each is tried in the place of one of them."""
    right = {number for number, _ in chosen}
    kept = {share.index for _, share in chosen[1:]}
    for number, share in members:
        fresh = number not in right and share.index not in kept
        if fresh and len(share.value) == SECRET_SIZE and _secret_of([*chosen[1:], (number, share)]):
            right.add(number)
    return right


def _why(sets: Sequence[Sequence[_Numbered]], mistyped: Sequence[int]) -> str:
    if not sets and not mistyped:
        return "there is none that was made here"
    reasons = [f"number {number} is mistyped" for number in mistyped]
    if sets:
        needed, came = sets[0][0][1].member_threshold, len(sets[0])
        few = f"{needed} are needed, {came} came" + (" of the same set" if len(sets) > 1 else "")
        reasons.insert(0, few if came < needed else f"no {needed} of them fit together")
    return "; ".join(reasons)
