"""What entries of a Bundle are called, and what references call them, by one name for each way.

Example:
    >>> names_in({"reference": "HTTP://x.example/Condition/c/_history/2"})
    ['http://x.example/Condition/c', 'Condition/c']
    >>> names_of_entry({"fullUrl": "URN:UUID:A1"}, {"resourceType": "Goal", "id": "g"})
    ['urn:uuid:a1', 'Goal/g']
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from salus.fhir.shape import objects

_WEB = re.compile(r"(https?://[^/]*)(.*)", re.IGNORECASE | re.DOTALL)


def names_in(reference: Mapping[str, Any]) -> list[str]:
    """What a Reference may mean: by its address, by type and id, by an identifier."""
    found: list[str] = []
    text = reference.get("reference")
    if isinstance(text, str):
        address, _, query = text.partition("?")
        found += _addresses(address)
        for token in parse_qs(query).get("identifier", ()) if query else ():
            system, has_system, value = token.rpartition("|")
            found.append(_identifier(system if has_system else "", value))
    identifier = reference.get("identifier")
    if isinstance(identifier, dict):
        found += _identifiers([identifier])[:1]
    return found


def names_of_entry(entry: Mapping[str, Any], content: Mapping[str, Any]) -> list[str]:
    """What an entry is called: its address, its type and id, its identifiers."""
    url, identifier = entry.get("fullUrl"), content.get("identifier")
    found = _addresses(url) if isinstance(url, str) else []
    if isinstance(content.get("id"), str):
        found.append(f"{content.get('resourceType')}/{content['id']}")
    listed = [identifier] if isinstance(identifier, dict) else objects(identifier)
    return [*dict.fromkeys([*found, *_identifiers(listed)])]


def _addresses(text: str) -> list[str]:
    plain = text.strip().partition("#")[0].partition("/_history/")[0].rstrip("/")
    if web := _WEB.fullmatch(plain):
        return [web[1].lower() + web[2], "/".join(plain.split("/")[-2:])]
    if not plain:
        return []
    return [plain.lower() if plain[:4].lower() == "urn:" else plain]


def _identifiers(listed: list[dict[str, Any]]) -> list[str]:
    """With the system first, then without, as a search may leave it out."""
    found = []
    for each in listed:
        system, value = each.get("system"), each.get("value")
        if isinstance(value, str) and value:
            found += [_identifier(system, value)] if isinstance(system, str) else []
            found.append(_identifier("", value))
    return found


def _identifier(system: str, value: str) -> str:
    return f"identifier {system}|{value}"
