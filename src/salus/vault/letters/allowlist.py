"""Which storages may be opened when somebody else chose the URL.

An inbox's URL stands on chain, and its owner wrote it. A program that opens whatever is written
there writes where a stranger wants it to: into its own folders, or with its own credentials. So
there is a list. On a local chain every scheme may be used; elsewhere, unless the list says
otherwise, only ``s3://``, whose server is the one of our own environment.

Example:
    >>> from salus.vault.letters.allowlist import InboxAllowlist
    >>> InboxAllowlist.default(local=False).allows("file:///etc"), InboxAllowlist.default(local=True).allows("file:///a")
    (False, True)
    >>> InboxAllowlist.listed("s3://inboxes/ward memory:").allows("s3://inboxes/ward-7")
    False
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from salus.errors import ConfigurationInvalid
from salus.primitives.url_paths import split
from salus.primitives.values import typed
from salus.vault.errors import InboxOutOfReach
from salus.vault.storage.storage_kinds import SCHEMES, SUPPORTED

SETTING = "SALUS_INBOXES"
"""The setting with the list: URLs or schemes, such as ``s3://inboxes file:``."""
FORMS = (
    "separate what is listed by spaces, each a scheme for all of its places"
    f" ({', '.join(f'{each}:' for each in SCHEMES)}) or a URL for what is under it ({SUPPORTED})"
)


@dataclass(frozen=True, slots=True)
@typed
class InboxAllowlist:
    """A list of what may be opened.

    Attributes:
        allowed: Each either a scheme and a colon (``s3:``), or a URL under which all is allowed.
    """

    allowed: tuple[str, ...]

    @classmethod
    def default(cls, *, local: bool) -> InboxAllowlist:
        """What may be opened where nothing is listed."""
        return cls(tuple(f"{each}:" for each in SCHEMES) if local else ("s3:",))

    @classmethod
    def listed(cls, inboxes: str) -> InboxAllowlist:
        """What a setting lists, and nothing else.

        Raises:
            ConfigurationInvalid: One of them is not a scheme or place that a storage can have: as
                it stands it would never open anything, or more than was meant.
        """
        return cls(tuple(_checked(each) for each in inboxes.split()))

    def allows(self, url: str) -> bool:
        """Whether a URL may be opened."""
        try:
            return any(_covers(each, url) for each in self.allowed)
        except ValueError:
            return False

    def require(self, url: str) -> str:
        """Refuse a URL that the list does not cover."""
        if not self.allows(url):
            raise InboxOutOfReach(url[:200])
        return url


def _checked(entry: str) -> str:
    try:
        parts = split(entry)
        scheme, host, path = parts.scheme, parts.netloc, PurePosixPath(unquote(parts.path))
        secret = "@" in host or parts.query or parts.fragment
    except ValueError:
        raise ConfigurationInvalid(
            setting=SETTING, reason=f"lists a malformed URL: {FORMS}"
        ) from None
    if scheme not in SCHEMES:
        named = f"the scheme {scheme[:40]!r}" if scheme else "something without a scheme"
        raise ConfigurationInvalid(setting=SETTING, reason=f"lists {named}: {FORMS}")
    bare = entry.lower() == f"{scheme}:"
    place = path.is_absolute() and not host if scheme == "file" else bool(host)
    if not bare and (not place or secret or ".." in path.parts):
        raise ConfigurationInvalid(
            setting=SETTING, reason=f"lists a {scheme}: URL that names no place: {FORMS}"
        )
    return entry


def _covers(allowed: str, url: str) -> bool:
    wanted, given = split(allowed), split(url)
    if wanted.scheme != given.scheme or not given.scheme:
        return False
    parts = PurePosixPath(unquote(given.path)).parts
    if ".." in parts:
        return False
    if not wanted.netloc and not wanted.path:
        return True
    under = PurePosixPath(unquote(wanted.path)).parts
    return wanted.netloc == given.netloc and parts[: len(under)] == under
