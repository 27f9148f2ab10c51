"""HL7's own JSON schema for R4, run over a resource. The schema file is not part of Salus.

Get ``fhir.schema.json`` of version 4.0.1 from https://hl7.org/fhir/R4/downloads.html.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from salus.fhir.errors import InvalidResource, NotFhir
from salus.fhir.resource_types import resource_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Schema:
    """R4's JSON schema, compiled once for each resource type that is met.

    Args:
        path: where HL7's ``fhir.schema.json`` of 4.0.1 is.

    Raises:
        NotFhir: the file is not that schema.
        OSError: the file cannot be read.
    """

    __slots__ = ("_validator",)

    def __init__(self, path: str | Path) -> None:
        schema = json.loads(Path(path).read_bytes())
        if "definitions" not in schema or schema.get("id") != _SCHEMA_ID:
            raise NotFhir(found=f"a file whose id is not {_SCHEMA_ID}")
        self._validator = _compiler(schema)

    def validate(self, content: Mapping[str, Any]) -> None:
        """Refuse a resource that the schema does not allow.

        Args:
            content: a parsed resource.

        Raises:
            InvalidResource: the schema does not allow it; all problems are named.
            NotFhir: it has no known resource type.
            NotR4: its type belongs to another version.
        """
        found = self.problems(content)
        if found:
            raise InvalidResource(resource=resource_type(content), problems=found)

    def problems(self, content: Mapping[str, Any]) -> list[tuple[str, str]]:
        """List what the schema does not allow.

        Args:
            content: a parsed resource.

        Returns:
            Pairs of the element's path and the keyword that it breaks, without values of the
            record.

        Raises:
            NotFhir: it has no known resource type.
            NotR4: its type belongs to another version.
        """
        errors = self._validator(resource_type(content)).iter_errors(content)
        return [(_path(error.instance_path), _what(error)) for error in errors]


_SCHEMA_ID = "http://hl7.org/fhir/json-schema/4.0"


def _compiler(schema: dict[str, Any]) -> Callable[[str], Any]:
    @cache
    def compiled(name: str) -> Any:
        wanted = {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}
        return jsonschema_rs.validator_for({"$schema": schema["$schema"], **wanted})

    return compiled


def _path(steps: list[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.lstrip(".") or "the resource"


def _what(error: Any) -> str:
    # The library's message quotes the value, which is health data.
    keyword = str(error.schema_path[-1]) if error.schema_path else "schema"
    return f"is not what the R4 schema allows there ({keyword})"
