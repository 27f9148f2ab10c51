"""Which storages may be opened when somebody else chose the URL.

An inbox's URL stands on chain, and its owner wrote it. A program that opens whatever is written
there writes where a stranger wants it to: into its own folders, or with its own credentials. So
there is a list. On a local chain every scheme may be used; elsewhere, unless the list says
otherwise, only ``s3://``, whose server is the one of our own environment.

Example:
    >>> from salus.vault.reach import Reach
    >>> Reach.default(local=False).allows("file:///etc"), Reach.default(local=True).allows("file:///a")
    (False, True)
    >>> Reach(("s3://inboxes/ward",)).allows("s3://inboxes/ward-7")
    False
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from salus.errors import InboxOutOfReach

VARIABLE = "SALUS_INBOXES"
"""The environment variable with the list: URLs or schemes, such as ``s3://inboxes file:``."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A list of what may be opened.

    Attributes:
        allowed: Each either a scheme and a colon (``s3:``), or a URL under which all is allowed.
    """

    allowed: tuple[str, ...]

    @classmethod
    def default(cls, *, local: bool, environment: Mapping[str, str] | None = None) -> Reach:
        """What the environment lists; else every scheme on a local chain, and ``s3:`` elsewhere.

        Args:
            local: Whether the chain is one for development.
            environment: The process's own unless told.

        Returns:
            The list.
        """
        around = os.environ if environment is None else environment
        listed = tuple(around.get(VARIABLE, "").split())
        return cls(listed or (("file:", "memory:", "s3:") if local else ("s3:",)))

    def allows(self, url: str) -> bool:
        """Tell whether a URL may be opened.

        Args:
            url: What somebody chose.

        Returns:
            True where the list covers it.
        """
        try:
            return any(_covers(each, url) for each in self.allowed)
        except ValueError:
            return False

    def require(self, url: str) -> str:
        """Refuse a URL that the list does not cover.

        Args:
            url: What somebody chose.

        Returns:
            The same URL.

        Raises:
            InboxOutOfReach: It is not covered; nothing was opened.
        """
        if not self.allows(url):
            raise InboxOutOfReach(url[:200])
        return url


def _covers(allowed: str, url: str) -> bool:
    wanted, given = urlsplit(allowed), urlsplit(url)
    if wanted.scheme != given.scheme or not given.scheme:
        return False
    parts = PurePosixPath(unquote(given.path)).parts
    if ".." in parts or "\\" in given.netloc + given.path:
        return False
    if not wanted.netloc and not wanted.path:
        return True
    under = PurePosixPath(unquote(wanted.path)).parts
    return wanted.netloc == given.netloc and parts[: len(under)] == under
