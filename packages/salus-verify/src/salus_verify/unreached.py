"""What an erasure could not delete, and why: a code that stays, whatever words go with it.

Example:
    >>> left = Unreached("memory://ward", "blobs/x", WhyLeft.VERSIONS, ("3Lg",))
    >>> left.words
    'a version of it can still be fetched, delete it in the bucket: 3Lg'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from salus_verify.errors import InvalidValue
from salus_verify.fields import LONGEST_TEXT, Fields, is_text
from salus_verify.values import instance, most, rows

MOST_VERSIONS, LONGEST_VERSION = 1 << 20, 1024


class WhyLeft(StrEnum):
    """Why a blob is, or may be, still there."""

    NOT_TRIED = "not-tried"
    COPY = "copy"
    MISSING = "missing"
    NO_MARKER = "no-marker"
    OTHER_MARKER = "other-marker"
    NOT_OURS = "not-ours"
    REFUSED = "refused"
    KEPT = "kept"
    VERSIONS = "versions"
    UNTOLD = "untold"


_WORDS = {
    WhyLeft.NOT_TRIED: "not tried yet",
    WhyLeft.COPY: "not tried yet; nothing says that it is here",
    WhyLeft.MISSING: "it is not where its manifest says; erase again to take that for an answer",
    WhyLeft.NO_MARKER: "it carries no marker: is it mounted?",
    WhyLeft.OTHER_MARKER: "it carries another marker: is it mounted?",
    WhyLeft.NOT_OURS: "not a storage of this vault",
    WhyLeft.REFUSED: "the storage cannot be reached, or refuses",
    WhyLeft.KEPT: "it is still there after it was deleted",
    WhyLeft.VERSIONS: "a version of it can still be fetched, delete it in the bucket:",
    WhyLeft.UNTOLD: "its bucket keeps versions, and none of it is noted here: list and delete them"
    " in the bucket",
}


@dataclass(frozen=True, slots=True)
class Unreached:
    """A blob that could not be deleted.

    Attributes:
        storage: Where it lies: the storage's URL.
        blob: Its name there.
        reason: Why.
        versions: With `WhyLeft.VERSIONS` the ids by which its bucket still gives it, in order; with
            any other reason none.
    """

    storage: str
    blob: str
    reason: WhyLeft
    versions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        instance(self, "storage", str)
        instance(self, "blob", str)
        instance(self, "reason", WhyLeft)
        rows(self, "versions", str)
        if not (is_text(self.storage) and is_text(self.blob)):
            fit = f"and blob must be texts of 1 to {LONGEST_TEXT} characters of Unicode"
            raise InvalidValue("Unreached", "storage", fit)
        named = self.reason is WhyLeft.VERSIONS
        if named != bool(self.versions) or list(self.versions) != sorted(set(self.versions)):
            raise InvalidValue("Unreached", "versions", "are named, in order, for that reason only")
        most(self, "versions", MOST_VERSIONS)
        if not all(map(is_version, self.versions)):
            raise InvalidValue("Unreached", "versions", "hold what is no id of a bucket")

    @property
    def words(self) -> str:
        """Why, for people."""
        return " ".join((_WORDS[self.reason], *self.versions))

    def to_document(self) -> dict[str, Any]:
        """Its members."""
        return {
            "storage": self.storage,
            "blob": self.blob,
            "reason": str(self.reason),
            "versions": list(self.versions),
        }

    @classmethod
    def take(cls, fields: Fields) -> Unreached:
        """Take what :meth:`to_document` gave."""
        reason = fields.text("reason")
        if reason not in set(WhyLeft):
            fields.fail("its reason is none of this format")
        left = cls(
            fields.text("storage"),
            fields.text("blob"),
            WhyLeft(reason),
            fields.texts("versions", most=MOST_VERSIONS, longest=LONGEST_VERSION),
        )
        fields.end()
        return left


def is_version(text: str) -> bool:
    """Whether a text can be the id of a version: ASCII without spaces, at most 1024 of it (S3)."""
    return 0 < len(text) <= LONGEST_VERSION and all("!" <= each <= "~" for each in text)
