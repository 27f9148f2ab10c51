"""Write src/salus/fhir/r4_structure.txt from HL7's definitions of FHIR R4 (4.0.1; CC0).

Takes the folder `package` of the npm package `hl7.fhir.r4.examples` 4.0.1 (CC0), HL7's own, where
each StructureDefinition is a file; and `fhir.schema.json` of https://hl7.org/fhir/R4 (downloads).

Example:
    $ python scripts/r4_structure.py package fhir.schema.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "src" / "salus" / "fhir" / "r4_structure.txt"
HEAD = """\
# The structure of FHIR R4 (4.0.1), from HL7's StructureDefinitions: https://hl7.org/fhir/R4 (CC0).
# Made by scripts/r4_structure.py. An element: name, how often (? 1 * +), types, fixed codes.
# A reference names in parentheses the types that it may point at; all where it names none.
"""
_ABSTRACT = ("Element", "BackboneElement", "Resource", "DomainResource")
MARKS = {(0, "1"): "?", (1, "1"): "1", (0, "*"): "*", (1, "*"): "+"}


def main(folder: Path, schema_file: Path) -> None:
    """Write the file."""
    schema = json.loads(schema_file.read_bytes())["definitions"]
    lines: list[str] = []
    every = [json.loads(each.read_bytes()) for each in folder.glob("StructureDefinition-*.json")]
    for definition in sorted(filter(_is_type, every), key=_place):
        if definition["id"] in {*schema, *_ABSTRACT}:
            lines += _type(definition, schema)
    OUT.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _place(definition: dict[str, Any]) -> tuple[bool, bool, str]:
    """Datatypes first, of them the two that others stand on."""
    is_base = definition["id"] in ("Element", "BackboneElement")
    return definition["kind"] == "resource", not is_base, definition["id"]


def _is_type(definition: dict[str, Any]) -> bool:
    return (
        definition["resourceType"] == "StructureDefinition"
        and definition["kind"] in ("resource", "complex-type")
        and definition["type"] == definition["id"]
    )


def _type(definition: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    known = dict(_keys(definition["type"], definition["type"], schema, ()))
    rows = [
        row
        for row in definition["snapshot"]["element"]
        if definition["type"] in _ABSTRACT or _is_known(row, known)
    ]
    base = definition.get("baseDefinition", "").rpartition("/")[2]
    parents = {row["path"].rpartition(".")[0] for row in rows}
    yield f"{definition['type']} < {base or '-'}"
    codes = {path: found for path, found in known.items() if found}
    for row in rows[1:]:
        path = row["path"]
        if row["base"]["path"] != path:
            continue
        if path.rpartition(".")[0] == definition["type"]:
            yield _element(_of_r4(row, known), parents, codes)
    for row in rows[1:]:
        if row["path"] in parents and row["base"]["path"] == row["path"]:
            yield f"{row['path']} < {row['type'][0]['code']}"
            for below in rows:
                own = below["base"]["path"] == below["path"]
                if own and below["path"].rpartition(".")[0] == row["path"]:
                    yield _element(_of_r4(below, known), parents, codes)


def _element(row: dict[str, Any], parents: set[str], codes: dict[str, list[str]]) -> str:
    mark = MARKS.get((min(row["min"], 1), row["max"]), "*" if row["min"] == 0 else "+")
    fixed = codes.get(row["path"], [])
    shown = [f" {'|'.join(fixed)}"] if fixed else []
    name = row["path"].rpartition(".")[2]
    return f" {name} {mark} {'|'.join(_types(row, parents))}{''.join(shown)}"


def _types(row: dict[str, Any], parents: set[str]) -> list[str]:
    if "contentReference" in row:
        return [row["contentReference"].rpartition("#")[2]]
    if row["path"] in parents:
        return [row["path"]]
    return [_plain(each) for each in row["type"]]


def _plain(kind: dict[str, Any]) -> str:
    said = [each.get("valueUrl") for each in kind.get("extension", ()) if "valueUrl" in each]
    code = said[0] if said else str(kind["code"])
    targets = sorted(each.rpartition("/")[2] for each in kind.get("targetProfile", ()))
    is_any = code != "Reference" or not targets or "Resource" in targets
    return code if is_any else f"{code}({','.join(targets)})"


def _is_known(row: dict[str, Any], known: dict[str, list[str]]) -> bool:
    path = row["path"]
    return "." not in path or path in known or bool(_forms(row, known))


def _of_r4(row: dict[str, Any], known: dict[str, list[str]]) -> dict[str, Any]:
    """Of a choice, the forms that R4 has."""
    return {**row, "type": _forms(row, known)} if _forms(row, known) else row


def _forms(row: dict[str, Any], known: dict[str, list[str]]) -> list[dict[str, Any]]:
    path, mark, _ = row["path"].partition("[x]")
    kinds = row.get("type", []) if mark else []
    return [each for each in kinds if path + each["code"][0].upper() + each["code"][1:] in known]


def _keys(
    path: str, name: str, schema: dict[str, Any], seen: tuple[str, ...]
) -> Iterator[tuple[str, list[str]]]:
    """Follow HL7's JSON schema: the path of each key, with the codes that R4 fixes."""
    for key, each in schema.get(name, {}).get("properties", {}).items():
        node = each.get("items", each)
        # HL7's schema knows only the versions before 4.0.1, which is R4 itself.
        codes = node.get("enum", []) if key != "fhirVersion" else []
        yield f"{path}.{key}", [str(code) for code in codes]
        below = node.get("$ref", "").rpartition("/")[2]
        if below.startswith(f"{path.partition('.')[0]}_") and below not in seen:
            yield from _keys(f"{path}.{key}", below, schema, (*seen, below))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
