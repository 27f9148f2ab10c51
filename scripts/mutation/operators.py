"""The operators of mutation: what each does to a node of the compiler's syntax tree.

Example:
    >>> from mutation.operators import OPERATORS
    >>> "guard" in OPERATORS
    True
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

OPERATORS = {
    "argument": "two neighbouring arguments of one type change places",
    "arithmetic": "another arithmetic operator",
    "assignment": "another assigning operator",
    "bitwise": "another bitwise or shift operator",
    "condition": "a condition that is always true, or never; the branches of ?: change places",
    "constant": "another named constant or enum member of the type",
    "guard": "a require is removed",
    "literal": "a number one larger, or zero; a truth value inverted; a text altered",
    "logical": "&& and || change places; one side of them is dropped",
    "relational": "another comparison: its boundary, or its opposite",
    "return": "a returned truth value is inverted",
    "statement": "an assignment, a call, an event or a continue is removed",
    "unary": "++ and -- change places; ! or ~ is dropped",
}
"""What each operator does, by name."""

Node = dict[str, Any]
Edit = tuple[str, int, int, str]
"""Operator, first byte, byte after the last, replacement."""

_ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*"}
_BITWISE = {"&": "|", "|": "&", "^": "&", "<<": ">>", ">>": "<<"}
_LOGICAL = {"&&": "||", "||": "&&"}
_RELATIONAL = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
_ASSIGNMENT = {"+=": "-=", "-=": "+=", ">>=": "<<=", "<<=": ">>=", "|=": "&=", "&=": "|="}
_UNARY = {"++": "--", "--": "++", "!": "", "~": ""}
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|[0-9][0-9_]*")


def walk(node: Any, function: str = "") -> Iterator[tuple[Node, str]]:
    """Visit every node of a syntax tree.

    Args:
        node: Where to begin.
        function: What it stands in.

    Yields:
        Nodes, each with the name of its function; empty outside of functions.
    """
    if isinstance(node, list):
        for each in node:
            yield from walk(each, function)
    elif isinstance(node, dict):
        kind = node.get("nodeType")
        if kind == "FunctionDefinition":
            function = node["name"] or node["kind"]
        if kind:
            yield node, function
        for value in node.values():
            yield from walk(value, function)


class Names:
    """Constants and enum members that can stand in for one another."""

    def __init__(self, trees: dict[str, Node]) -> None:
        self.members: dict[str, list[str]] = {}
        self.constants: dict[str, list[Node]] = {}
        for unit, tree in trees.items():
            for node, _ in walk(tree):
                if node["nodeType"] == "EnumDefinition":
                    self.members[node["name"]] = [each["name"] for each in node["members"]]
                elif node["nodeType"] == "VariableDeclaration" and node.get("constant"):
                    self.constants.setdefault(unit, []).append(node)
        every = [node for group in self.constants.values() for node in group]
        self.by_id = {node["id"]: node for node in every}

    def others(self, declaration: int | None) -> list[str]:
        """Name the constants of one file that have the type of another."""
        here = self.by_id.get(declaration) if declaration is not None else None
        if here is None:
            return []
        group = next(g for g in self.constants.values() if here in g)
        kind = _type(here)
        return [each["name"] for each in group if _type(each) == kind and each is not here]


def edits(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    """Make every edit of one node.

    Args:
        node: The node.
        source: Its file's bytes.
        names: Constants and enum members of all files.

    Yields:
        Edits; some may not compile.
    """
    maker = _MAKERS.get(node["nodeType"])
    if maker is not None:
        yield from maker(node, source, names)


def _binary(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    operator = node["operator"]
    (start, left_end), (right_start, end) = (
        _span(node["leftExpression"]),
        _span(node["rightExpression"]),
    )
    at = source.index(operator.encode(), left_end, right_start)
    span = (at, at + len(operator))
    if operator in _ARITHMETIC:
        yield "arithmetic", *span, _ARITHMETIC[operator]
    if operator in _BITWISE:
        yield "bitwise", *span, _BITWISE[operator]
    for other in _RELATIONAL.get(operator, ()):
        yield "relational", *span, other
    if operator in _LOGICAL:
        yield "logical", *span, _LOGICAL[operator]
        yield "logical", start, end, source[start:left_end].decode()
        yield "logical", start, end, source[right_start:end].decode()


def _assignment(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    operator = node["operator"]
    if operator in _ASSIGNMENT:
        after_left, before_right = _span(node["leftHandSide"])[1], _span(node["rightHandSide"])[0]
        at = source.index(operator.encode(), after_left, before_right)
        yield "assignment", at, at + len(operator), _ASSIGNMENT[operator]


def _unary(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    operator = node["operator"]
    if operator in _UNARY:
        start, end = _span(node)
        at = start if node["prefix"] else end - len(operator)
        yield "unary", at, at + len(operator), _UNARY[operator]


def _literal(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    start, end = _span(node)
    text = source[start:end].decode()
    if node["kind"] == "bool":
        yield "literal", start, end, "false" if text == "true" else "true"
    elif node["kind"] == "string" and len(text) > 2:
        yield "literal", end - 2, end - 1, "~"
    elif node["kind"] == "number" and (number := _NUMBER.match(text)):
        yield from _numbers(start, number[0])


def _yul_literal(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    if node["kind"] == "number":
        yield from _numbers(_span(node)[0], node["value"])


def _numbers(start: int, text: str) -> Iterator[Edit]:
    end = start + len(text)
    value = int(text.replace("_", ""), 0)
    width = len(text) - 2
    larger = f"0x{value + 1:0{width}x}" if text.startswith("0x") else str(value + 1)
    yield "literal", start, end, larger
    if value > 1:
        yield "literal", start, end, f"0x{0:0{width}x}" if text.startswith("0x") else "0"


def _statement(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    start, end = _span(node)
    while source[end - 1 : end] != b";" and source[end : end + 1] in b" \n;":
        end += 1
    call = node.get("expression", {}).get("expression", {})
    yield "guard" if call.get("name") == "require" else "statement", start, end, "{}"


def _if(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    for truth in ("true", "false"):
        yield "condition", *_span(node["condition"]), truth


def _ternary(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    yield _swap("condition", node["trueExpression"], node["falseExpression"], source)


def _call(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    arguments = node["arguments"]
    for left, right in pairwise(arguments):
        if _type(left) == _type(right):
            yield _swap("argument", left, right, source)


def _return(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    value = node.get("expression")
    if value and _type(value) == "bool":
        start, end = _span(value)
        yield "return", start, end, f"!({source[start:end].decode()})"


def _member(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    _, end = _span(node)
    name, of = node["memberName"], _type(node["expression"])
    others = names.others(node.get("referencedDeclaration"))
    if of.startswith("type(enum "):
        members = names.members[of.removeprefix("type(enum ").removesuffix(")").split(".")[-1]]
        others = [members[(members.index(name) + 1) % len(members)]]
    for other in others[:2]:
        yield "constant", end - len(name), end, other


def _identifier(node: Node, source: bytes, names: Names) -> Iterator[Edit]:
    for other in names.others(node.get("referencedDeclaration"))[:2]:
        yield "constant", *_span(node), other


_MAKERS = {
    "Assignment": _assignment,
    "BinaryOperation": _binary,
    "Conditional": _ternary,
    "Continue": _statement,
    "EmitStatement": _statement,
    "ExpressionStatement": _statement,
    "FunctionCall": _call,
    "Identifier": _identifier,
    "IfStatement": _if,
    "Literal": _literal,
    "MemberAccess": _member,
    "Return": _return,
    "UnaryOperation": _unary,
    "YulLiteral": _yul_literal,
}


def _swap(operator: str, left: Node, right: Node, source: bytes) -> Edit:
    (start, left_end), (right_start, end) = _span(left), _span(right)
    parts = (source[right_start:end], source[left_end:right_start], source[start:left_end])
    return operator, start, end, b"".join(parts).decode()


def _span(node: Node) -> tuple[int, int]:
    start, length, _ = (int(part) for part in node["src"].split(":"))
    return start, start + length


def _type(node: Node) -> str:
    return str(node.get("typeDescriptions", {}).get("typeString", ""))
