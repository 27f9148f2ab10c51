"""What a stranger wrote takes time in proportion to its length, in engines below Python too.

`test_sensitivity_linear.py` counts steps; expressions, normalisers and copies take none. So CPU
seconds of four lengths are compared: a square takes sixteen times as long. The least of several
runs counts, and what ends within a blink is never judged: a busy machine fails nothing.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from salus.errors import SalusError
from salus.fhir.bundle import resources
from salus.fhir.strict_json import parse
from salus.fhir.validation import problems

SHORT, TIMES = 30_000, 4
BLINK, MOST, ROUNDS = 0.5, 10, 3
Shape = Callable[[int], Any]


def condition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, **more}


def attached(text: str, kind: str = "text/html") -> dict[str, Any]:
    file = {"contentType": kind, "data": b64encode(text.encode()).decode()}
    return {"resourceType": "DocumentReference", "content": [{"attachment": file}]}


def told(text: str) -> dict[str, Any]:
    return condition(code={"text": text})


def coded(codings: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return condition(code={"coding": codings, **more})


def bundle(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}


def nested(n: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"text": "hiv"}
    for _ in range(60):
        inner = {"k" * (n // 120): inner}
    return condition(deep=inner, flat=[{"text": "hiv"}] * (n // 30))


TEXTS: dict[str, Callable[[int], str]] = {
    "an open tag": lambda n: "<" + "a" * n,
    "an open tag of names": lambda n: "<" + "a-" * (n // 2),
    "open tags": lambda n: "<b " * (n // 3),
    "left angles": lambda n: "<" * n,
    "comments": lambda n: "-->" + "<!--" * (n // 4),
    "ampersands": lambda n: "&" * n,
    "an open entity": lambda n: "&" + "a" * n,
    "a long entity": lambda n: "&#" + "0" * n + "x",
    "many entities": lambda n: "&#65;" * (n // 5),
    "hyphens": lambda n: "a-\n" * (n // 3),
    "a hyphen and space": lambda n: "a-" + " " * n + ".",
    "marks": lambda n: "a" + "\u0301\u0316" * (n // 2),
    "marks with a width": lambda n: "a" + "\u302e\u302a\U0001d165" * (n // 3),
    "marks made of letters": lambda n: "\uff9e\u0345\uff9f" * (n // 3),
    "letters that grow": lambda n: "\ufdfa" * (n // 3),
    "foreign letters": lambda n: "a\u0585b" * (n // 3),
    "phrases": lambda n: "sickle " * (n // 7),
    "a long word": lambda n: "schizo" + "a" * n,
    "quoted": lambda n: "=\n" * (n // 2),
    "spaces": lambda n: " " * n + ".",
}
CONTENTS: dict[str, Shape] = {
    "many codings": lambda n: coded([{"system": f"s{i}", "code": f"c{i}"} for i in range(n // 30)]),
    "many codings beside a text": lambda n: coded(
        [{"system": "s", "code": f"c{i}"} for i in range(n // 60)], text="word " * (n // 10)
    ),
    "a long code": lambda n: coded(
        [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F" * n}]
    ),
    "a code of marks": lambda n: coded([{"system": "s", "code": "\u0301\u0316" * (n // 2)}]),
    "a long system": lambda n: coded([{"system": "http://" + "a." * (n // 2), "code": "x"}]),
    "a long OID": lambda n: coded([{"system": "1" + ".1" * (n // 2) + "x", "code": "x"}]),
    "a long name": lambda n: condition(**{"k" * (n // 2): [{"text": "hiv"}] * (n // 30)}),
    "a long name of resources": lambda n: condition(
        **{"k" * (n // 2): [{"resourceType": "Basic"}] * (n // 50)}
    ),
    "long names, nested": nested,
    "many contained": lambda n: condition(
        contained=[{"resourceType": "Condition", "id": f"c{i}"} for i in range(n // 50)]
    ),
    "labels": lambda n: condition(meta={"security": [{"code": f"X{i}"} for i in range(n // 20)]}),
    "a late time": lambda n: condition(meta={"lastUpdated": "T" * n + " "}),
    "a long date": lambda n: condition(onsetDateTime="2" * n),
    "a long reference": lambda n: bundle(
        {
            "resource": condition(
                evidence=[{"detail": [{"reference": "http://h" + "/A" * (n // 2)}]}]
            )
        }
    ),
    "a long query": lambda n: bundle(
        {"resource": condition(basedOn=[{"reference": "A?" + "identifier=a&" * (n // 13)}])}
    ),
    "many references": lambda n: bundle(
        *({"resource": condition(id=f"{i}", code={"text": "hiv"})} for i in range(n // 200)),
        {"resource": condition(x=[{"reference": f"Condition/{i}"} for i in range(n // 60)])},
    ),
    "one number for all": lambda n: bundle(
        *(
            {
                "resource": condition(
                    identifier=[{"value": "x"}], basedOn=[{"identifier": {"value": "x"}}]
                )
            }
            for _ in range(n // 150)
        )
    ),
    "patients of one name": lambda n: bundle(
        *(
            {"fullUrl": f"http://h/Patient/{i}", "resource": {"resourceType": "Patient", "id": "1"}}
            for i in range(n // 100)
        )
    ),
    "bundles in a bundle": lambda n: bundle(
        *({"resource": bundle({"resource": condition()})} for _ in range(n // 150))
    ),
}
BYTES: dict[str, Callable[[int], bytes]] = {
    "names before one twice": lambda n: (
        "{" + "".join(f'"{i}":1,' for i in range(n // 8)) + '"z":1,"z":1}'
    ).encode(),
    "a long name above one twice": lambda n: (
        '{"' + "k" * (n // 2) + '":[' + "{}," * (n // 6) + '{"z":1,"z":1}]}'
    ).encode(),
    "digits before a number too large": lambda n: b"[1." + b"1" * n + b",1e" + b"9" * 20 + b"]",
    "numbers before one too large": lambda n: (
        b"[" + (b"1" * 4000 + b",") * (n // 4000) + b"1" * 5000 + b"]"
    ),
    "escaped quotes": lambda n: b'{"a":"' + b'\\"' * (n // 2),
    "lines": lambda n: b'{"resourceType":"Condition"}\n' * (n // 29) + b"{",
    "brackets": lambda n: b"[" * n,
    "surrogates": lambda n: b'{"a":"' + b"\\ud800\\udc00" * (n // 12) + b'"}',
}


def read(data: bytes) -> None:
    """All that is done to a stranger's text before anybody is asked."""
    for act in (lambda: list(resources(data)), lambda: problems(parse(data))):
        with suppress(SalusError):
            act()


def seconds(data: bytes, rounds: int = ROUNDS) -> float:
    found = []
    for _ in range(rounds):
        start = time.process_time()
        read(data)
        found.append(time.process_time() - start)
    return min(found)


def require_linear(shape: Callable[[int], bytes]) -> None:
    few, many = shape(SHORT), shape(TIMES * SHORT)
    read(few)
    long = seconds(many, rounds=1)
    if long > BLINK:
        assert seconds(many) < MOST * seconds(few)


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_a_text_of_four_times_the_length_takes_no_square(text: Callable[[int], str]) -> None:
    require_linear(lambda n: json.dumps(told(text(n))).encode())
    require_linear(lambda n: json.dumps(attached(text(n))).encode())
    require_linear(lambda n: json.dumps(coded([{"display": text(n)}])).encode())


@pytest.mark.parametrize("shape", CONTENTS.values(), ids=list(CONTENTS))
def test_a_record_of_four_times_the_length_takes_no_square(shape: Shape) -> None:
    require_linear(lambda n: json.dumps(shape(n)).encode())


@pytest.mark.parametrize("shape", BYTES.values(), ids=list(BYTES))
def test_json_of_four_times_the_length_takes_no_square(shape: Callable[[int], bytes]) -> None:
    require_linear(shape)
