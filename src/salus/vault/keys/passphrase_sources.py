"""Where the passphrase of a key file comes from: a variable, the system's keyring, a person.

A keyring is used when it is one that ``keyring`` itself recommends, or that somebody chose by name:
otherwise a package that happens to be installed could write passphrases into a file in the clear,
or ask for a password of its own in the middle of a run.

Example:
    >>> from salus.vault.keys.passphrase_sources import find_passphrase
    >>> find_passphrase("0x" + "ab" * 20, environment={"SALUS_PASSPHRASE": "seven wet otters"},
    ...                 ask=None)
    'seven wet otters'
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from salus.errors import CredentialError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import StorageUnavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

VARIABLE = "SALUS_PASSPHRASE"
"""The environment variable."""
SERVICE = "salus identity keys"
"""What the entry is called in the operating system's keyring."""
CHOICE = "PYTHON_KEYRING_BACKEND"
"""The environment variable by which ``keyring`` is told which one to use."""
_PLACE = "the system's keyring"
_WAIT = 30.0
"""Seconds: as long as somebody needs who unlocks it by a password."""
T = TypeVar("T")


@typed_arguments
def find_passphrase(
    owner: Address,
    *,
    environment: Mapping[str, str] | None = None,
    ask: Callable[[str], str] | None,
) -> str:
    """Find a passphrase: in the environment, then in the keyring, then by asking.

    Args:
        owner: Whose keys are opened.
        environment: Defaults to the process's own.
        ask: Asks a person, such as ``getpass.getpass``; None where nobody is there.

    Returns:
        The passphrase.

    Raises:
        CredentialError: There is none; where the keyring was in the way, it says how.
    """
    around = os.environ if environment is None else environment
    found, problem = around.get(VARIABLE), ""
    if not found:
        try:
            found = _answered(partial(_from_keyring, owner))
        except StorageUnavailable as error:
            problem = f". {error}"
    if not found and ask is not None:
        found = ask(f"Passphrase of the keys of {owner}: ")
    if not found:
        raise CredentialError(
            f"there is no passphrase for the keys of {owner}: set {VARIABLE}, or keep it in the"
            " system's keyring (pip install 'salus[keyring]') with"
            " `salus.vault.remember_passphrase()`" + problem
        )
    return found


@typed_arguments
def remember_passphrase(owner: Address, passphrase: str) -> None:
    """Keep a passphrase in the operating system's keyring.

    Args:
        owner: Whose keys it opens.
        passphrase: What to keep.

    Raises:
        StorageUnavailable: There is no keyring, it is locked or does not answer, or it does not
            keep what it is given.
    """
    _answered(partial(_keep, owner, passphrase))


@typed_arguments
def forget_passphrase(owner: Address) -> bool:
    """Take a passphrase out of the operating system's keyring.

    Raises:
        StorageUnavailable: There is no keyring, or it is locked or does not answer.
    """
    return _answered(partial(_forget, owner))


@contextmanager
def remembered_as(owner: Address, passphrase: str, *, stands: Callable[[], bool]) -> Iterator[bool]:
    """Change the keyring's entry for what is done meanwhile, and back where that fails.

    What failed at its very end ``stands`` all the same: a folder that could not be synced, say.
    Yields whether there is an entry.
    """
    before = _answered(partial(_from_keyring, owner))
    if before is None:
        yield False
        return
    try:
        _answered(partial(_keep, owner, passphrase))
        yield True
    except BaseException:
        if not stands():
            _answered(partial(_keep, owner, before))
        raise


def _answered(ask: Callable[[], T]) -> T:
    """What a keyring answers; one whose prompt is shown on no screen would never do."""
    answer: Future[T] = Future()
    Thread(target=_tell, args=(answer, ask), name="salus-keyring", daemon=True).start()
    try:
        return answer.result(_WAIT)
    except TimeoutError:
        reason = f"no answer in {_WAIT:g} s: does it ask for its password on a screen elsewhere?"
        raise StorageUnavailable(_PLACE, reason) from None


def _tell(answer: Future[T], ask: Callable[[], T]) -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:
        answer.set_exception(error)


def _keep(owner: Address, passphrase: str) -> None:
    keyring = _required()
    with _named():
        keyring.set_password(SERVICE, owner, passphrase)
        kept = keyring.get_password(SERVICE, owner)
    if kept != passphrase:
        raise StorageUnavailable(_PLACE, f"{type(keyring).__name__} kept nothing")


def _forget(owner: Address) -> bool:
    keyring = _required()
    with _named():
        if keyring.get_password(SERVICE, owner) is None:
            return False
        keyring.delete_password(SERVICE, owner)
    return True


def _from_keyring(owner: Address) -> str | None:
    keyring = _usable()
    if keyring is None:
        return None
    with _named():
        return keyring.get_password(SERVICE, owner)


def _required() -> KeyringBackend:
    found = _usable()
    if found is None:
        raise StorageUnavailable(
            _PLACE,
            "there is none that keeps secrets safe: pip install 'salus[keyring]' and start the "
            f"desktop's, or name another in {CHOICE}",
        )
    return found


def _usable() -> KeyringBackend | None:
    try:
        import keyring
        from keyring import backend, core
        from keyring.backends.chainer import ChainerBackend
    except ImportError:
        return None
    with _named():
        current = keyring.get_keyring()
        if os.environ.get(CHOICE) or core.load_config() is not None:
            return current
        # A chain goes on to its weaker links when the best has no entry.
        candidates = backend.get_all_keyring() if isinstance(current, ChainerBackend) else [current]
        safe = [
            each
            for each in candidates
            if core.recommended(each) and not isinstance(each, ChainerBackend)
        ]
        return max(safe, key=lambda each: each.priority, default=None)


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Keyrings are plug-ins: they raise what they like, and may quote what they were given.
        chosen = f" from {os.environ[CHOICE]}" if os.environ.get(CHOICE) else ""
        raise StorageUnavailable(_PLACE, type(error).__name__ + chosen) from None
