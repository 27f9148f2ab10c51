"""Hold the behaviour trees, the tests and the contracts together.

A `.tree` stands beside each test file and says what it tests: given a state, when somebody does
something, it should… Every leaf names its test in brackets. Refused are: a leaf without a test, a
test without a leaf, a test file without a tree, and an external function that no tree names in a
branch. Measurements of gas (contracts named `…Gas…`) and symbolic proofs (`check_…`) are not
behaviours: they need no leaf.

Example:
    $ python scripts/check_trees.py
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests" / "contracts"
ARTIFACTS = ROOT / "src" / "salus" / "contracts" / "artifacts"

ELSEWHERE = {"PasskeyVerifier": "identity"}
"""Trees of a contract's functions stand in the folder of its source's name, but for these."""

_NODE = re.compile(r"^(?P<lines>[│├└─ ]*)(?P<text>.*)$")
_LEAF = re.compile(r"^it should .*\[(?P<test>\w+)\]$")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_CONTRACT = re.compile(r"\bcontract\s+(\w+)")
_TEST = re.compile(r"\bfunction\s+((?:test|invariant)\w*)\s*\(")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree: the test contract it names, the tests of its leaves, the words of its branches."""

    contract: str
    tests: tuple[str, ...]
    words: frozenset[str]
    flaws: tuple[str, ...]


def read_tree(text: str) -> Tree:
    """Read a tree.

    Args:
        text: Its first line names the test contract, and may name a function after `::`; the
            others are branches and leaves.

    Returns:
        What it says, and what is malformed in it, one line a flaw.
    """
    title, *lines = text.splitlines() or [""]
    contract, _, function = title.partition("::")
    tests, flaws, words = [], [], set(_WORD.findall(function))
    for number, line in enumerate(lines, start=2):
        node = _NODE.match(line)
        text = node["text"].strip() if node else line
        leaf = _LEAF.match(text)
        if leaf:
            tests.append(leaf["test"])
        elif text.startswith("it should") or text.endswith("]"):
            flaws.append(f"line {number} is no leaf: `it should … [test]` is the form")
        else:
            words |= set(_WORD.findall(text))
    return Tree(contract.strip(), tuple(tests), frozenset(words), tuple(flaws))


def tests_in(source: str) -> dict[str, str]:
    """Find the tests in a Solidity file.

    Args:
        source: Its text.

    Returns:
        Contract by test function, measurements of gas left out.
    """
    found: dict[str, str] = {}
    parts = _CONTRACT.split(_COMMENT.sub("", source))
    for contract, body in zip(parts[1::2], parts[2::2], strict=True):
        if "Gas" not in contract:
            found |= dict.fromkeys(_TEST.findall(body), contract)
    return found


def check_pair(name: str, tree_text: str | None, source: str) -> list[str]:
    """Compare a test file with its tree.

    Args:
        name: Of the test file, for the messages.
        tree_text: The tree beside it; None when there is none.
        source: The test file's text.

    Returns:
        One line a flaw; empty when they agree.
    """
    tests = tests_in(source)
    if tree_text is None:
        return [f"{name}: no .tree beside it says what it tests"] if tests else []
    tree = read_tree(tree_text)
    flaws = [f"{name}: its tree: {flaw}" for flaw in tree.flaws]
    if tree.contract not in tests.values():
        flaws.append(f"{name}: its tree is of {tree.contract!r}, which has no tests here")
    flaws += [f"{name}: leaf [{test}] has no test" for test in tree.tests if test not in tests]
    flaws += [f"{name}: {test} has no leaf" for test in tests if test not in tree.tests]
    return flaws


def functions_of(artifact: Path) -> list[str]:
    """Name a contract's external functions.

    Args:
        artifact: Its artifact.

    Returns:
        Names, sorted.
    """
    abi = json.loads(artifact.read_text(encoding="utf-8"))["abi"]
    return sorted({entry["name"] for entry in abi if entry["type"] == "function"})


def check(tests: Path = TESTS, artifacts: Path = ARTIFACTS) -> list[str]:
    """Check all trees.

    Args:
        tests: Folder of the test folders.
        artifacts: Folder of the artifacts.

    Returns:
        One line a flaw, sorted; empty when all is in order.
    """
    flaws: list[str] = []
    for source in sorted(tests.rglob("*.t.sol")):
        tree = source.with_name(source.name.removesuffix(".t.sol") + ".tree")
        text = tree.read_text(encoding="utf-8") if tree.exists() else None
        name = source.relative_to(tests).as_posix()
        flaws += check_pair(name, text, source.read_text(encoding="utf-8"))
    for tree in sorted(tests.rglob("*.tree")):
        if not tree.with_name(f"{tree.stem}.t.sol").exists():
            flaws.append(f"{tree.relative_to(tests).as_posix()}: no test file beside it")
    return flaws + _untried(tests, artifacts)


def _untried(tests: Path, artifacts: Path) -> list[str]:
    flaws = []
    for artifact in sorted(artifacts.glob("*.json")):
        if artifact.name == "standard-input.json":
            continue
        source = json.loads(artifact.read_text(encoding="utf-8"))["sourceName"]
        folder = ELSEWHERE.get(artifact.stem, Path(source).parent.name)
        if not (tests / folder).is_dir():
            flaws.append(f"{artifact.stem}: there are no trees for it in {folder}/")
            continue
        trees = (tests / folder).glob("*.tree")
        words = {word for tree in trees for word in read_tree(tree.read_text("utf-8")).words}
        flaws += [
            f"{artifact.stem}.{function}: no tree in {folder}/ has a branch that names it"
            for function in functions_of(artifact)
            if function not in words
        ]
    return flaws


def main() -> int:
    """Print every flaw.

    Returns:
        Exit code: 0 when there is none.
    """
    flaws = check()
    for flaw in flaws:
        print(f"trees: {flaw}", file=sys.stderr)
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
