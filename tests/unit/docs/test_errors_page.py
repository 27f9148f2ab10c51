"""Every exception of the package has its line in docs/errors.md, and a name of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from errors_page import page, raised
from salus import errors
from salus.contracts.reverts import NamedRevert

FAMILIES = {"InputError", "ContractError", "CredentialError", "ChainError", "VerificationError"}


def test_no_two_exceptions_share_a_name() -> None:
    names = Counter(each.__name__ for each in raised())
    assert FAMILIES | {"HeadMoved", "ReceiptMismatch", "ConsentRefused"} <= set(names)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_exception_belongs_to_a_family() -> None:
    families = tuple(each for each in raised() if each.__name__ in errors.__all__)
    assert [each for each in raised() if not issubclass(each, families)] == []


def test_every_exception_is_on_the_page(root: Path) -> None:
    told = (root / "docs/errors.md").read_text("utf-8")
    assert told == page(), "run python scripts/errors_page.py"
    missing = {each.__name__ for each in raised() - {NamedRevert}} - set(errors.__all__)
    assert not {name for name in missing if f"| `{name}`" not in told}
