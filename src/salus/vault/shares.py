"""Secrets in shares: any m of n give one back, fewer tell nothing (SLIP-39).

Example:
    >>> from salus.vault.shares import combine, split
    >>> shares = split(bytes(32), needed=2, shares=3)
    >>> len(shares), len(shares[0].split()), combine(shares[1:]) == bytes(32)
    (3, 33, True)
"""

from __future__ import annotations

from collections.abc import Iterable

from salus.errors import InvalidArgument, SharesRefused

MOST = 16
"""The most shares that SLIP-39 knows."""
SECRET_SIZE = 32


def split(secret: bytes, *, needed: int, shares: int) -> tuple[str, ...]:
    """Split a secret.

    Args:
        secret: 32 bytes.
        needed: How many shares give it back, 2 to ``shares``.
        shares: How many there are, at most 16.

    Returns:
        Shares of 33 words each; every one is as secret as its part of the whole.

    Raises:
        InvalidArgument: The numbers do not fit.
    """
    from shamir_mnemonic import generate_mnemonics  # type: ignore[import-untyped]

    if len(secret) != SECRET_SIZE:
        raise InvalidArgument("secret", f"{SECRET_SIZE} bytes")
    if not 2 <= needed <= shares <= MOST:
        raise InvalidArgument("shares", f"2 or more needed, of at most {MOST}")
    return tuple(generate_mnemonics(1, [(needed, shares)], secret)[0])


def combine(shares: Iterable[str]) -> bytes:
    """Put a secret together again.

    Args:
        shares: As many as are needed, or more, of one set.

    Returns:
        The secret, 32 bytes.

    Raises:
        SharesRefused: They are too few, mistyped, or of different sets.
    """
    from shamir_mnemonic import MnemonicError, Share, combine_mnemonics

    given = sorted({" ".join(share.split()).lower() for share in shares})
    if not given:
        raise SharesRefused("there is none")
    # The library's messages quote words of the shares: ours say the same without them.
    parsed: list[Share] = []
    for place, share in enumerate(given, start=1):
        try:
            parsed.append(Share.from_mnemonic(share))
        except MnemonicError:
            raise SharesRefused(f"one of them (number {place} by alphabet) is mistyped") from None
    needed = parsed[0].member_threshold
    if len({share.common_parameters() for share in parsed}) != 1:
        raise SharesRefused("they are not all of the same set")
    if len(parsed) < needed:
        raise SharesRefused(f"{needed} are needed, {len(parsed)} came")
    try:
        secret = combine_mnemonics(given[:needed])
    except MnemonicError:
        raise SharesRefused("one of them does not fit the others") from None
    if len(secret) != SECRET_SIZE:
        raise SharesRefused("they hold something else")
    return bytes(secret)
