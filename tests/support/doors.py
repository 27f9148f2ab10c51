"""What a connected client holds: each part that an author can reach by attributes."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

INNER = {
    "chain.listing": "where events come from that are listed; `Contract.listed` is the door",
    "chain.rpc": "how a node is spoken to; `Chain` is the door",
    "chain.sender": "how transactions go out; `Chain` is the door",
    "records.consulting": "what rooms ask of one another about consents; its values they judged",
    "vault.contents": "what additions look up; `records` is the door",
    "vault.grants": "what sharing writes down; `records` is the door",
    "vault.heard": "what collecting writes down; `records` is the door",
    "vault.keyring": "keys in clear, for the rooms of the vault alone",
    "vault.database": "rows of the database, for the rooms of the vault alone",
    "vault.storage": "the interface that storages implement, with tests of its own",
}
"""Parts that stand open for other rooms and that no author calls, each with its reason."""


def parts(client: Any) -> Iterator[tuple[str, Any]]:
    """Each part with the path to it from the client, whose own is empty."""
    seen = set[int]()
    rest = [("", client)]
    while rest:
        path, part = rest.pop(0)
        if id(part) not in seen and path not in INNER:
            seen.add(id(part))
            yield path, part
            rest += [(f"{path}.{name}".lstrip("."), each) for name, each in _held(part)]


def verbs(part: object) -> Iterator[tuple[str, Any]]:
    """The public methods that a part's class shows."""
    for name, found in inspect.getmembers(type(part), is_method):
        if not name.startswith("_"):
            yield name, found


def _held(part: object) -> Iterator[tuple[str, Any]]:
    for name in dir(part):
        if name.startswith("_"):
            continue
        found = getattr(part, name)
        if not is_method(found) and not inspect.isclass(found) and _is_part(found):
            yield name, found


def is_method(value: object) -> bool:
    return inspect.isfunction(value) or inspect.ismethod(value)


def _is_part(value: object) -> bool:
    ours = type(value).__module__.startswith("salus")
    return ours and not dataclasses.is_dataclass(value) and not isinstance(value, Enum)
