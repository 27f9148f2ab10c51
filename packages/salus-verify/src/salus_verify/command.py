"""``salus-verify``: verify a receipt offline.

Exit codes: 0 proved; 1 what was found cannot be printed; 2 something given cannot be read; 6
nothing is proved.

Example:
    $ salus-verify receipt.json --document note.json --chain-id 1 --block-hash 0x…
    $ salus-verify erased.json --chain-id 1 --block-hash 0x… --json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from salus_verify.assurance import Conclusion, Expected
from salus_verify.erasure_receipt import ERASURE_RECEIPT_TYPE, ErasureReceipt
from salus_verify.errors import InputError, MalformedReceipt, ReceiptUnproven, SalusError
from salus_verify.fields import Fields
from salus_verify.qr_form import from_compact
from salus_verify.receipt import Receipt
from salus_verify.shown import show_erasure, show_receipt
from salus_verify.verify import verify_receipt
from salus_verify.verify_erasure import verify_erasure

_LARGEST = 64 << 20


def read_receipt(data: bytes) -> Receipt | ErasureReceipt:
    """Read either kind of receipt: JSON, or a QR code's text.

    Raises:
        MalformedReceipt: It is neither.
    """
    text = data.strip()
    if not text.removeprefix(b"\xef\xbb\xbf").startswith(b"{"):
        return from_compact(text.decode(errors="replace"))
    if Fields.load(text, error=MalformedReceipt).take("type") == ERASURE_RECEIPT_TYPE:
        return ErasureReceipt.from_json(text)
    return Receipt.from_json(text)


def run(arguments: Sequence[str] | None = None) -> int:
    """Verify what the arguments name, and print what it came to."""
    given = _parser().parse_args(arguments)
    try:
        shown, verdict = _verify(given)
        _print(shown, as_json=given.json)
        verdict.require()
    except OSError as error:
        print(f"salus-verify: cannot print: {error.strerror}", file=sys.stderr)
        _drop_output()
        return 1
    except ReceiptUnproven as error:
        print(f"salus-verify: {error}", file=sys.stderr)
        return error.exit_code
    except SalusError as error:
        _fail(error, as_json=given.json)
        return error.exit_code
    return 0


def main() -> None:
    """Run as a program."""
    sys.exit(run())


def _verify(given: argparse.Namespace) -> tuple[dict[str, object], Conclusion]:
    receipt = read_receipt(_read(given.receipt))
    expected = Expected(chain_id=given.chain_id, registry=given.registry, issuer=given.issuer)
    if isinstance(receipt, ErasureReceipt):
        if given.document is not None:
            raise InputError("an erasure's receipt holds nothing of a document: omit --document")
        said = verify_erasure(receipt, block_hash=given.block_hash, expected=expected)
        return show_erasure(receipt, said), said
    found = verify_receipt(
        receipt, document=given.document, block_hash=given.block_hash, expected=expected
    )
    return show_receipt(receipt, found), found


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise InputError(f"{path} is not a receipt: it is longer than {_LARGEST} bytes")
    return data


def _print(shown: dict[str, object], *, as_json: bool) -> None:
    try:
        print(json.dumps(shown) if as_json else "\n".join(map(_line, shown.items())), flush=True)
    except BrokenPipeError:  # whoever read has seen enough; the exit code still says what it is
        _drop_output()


def _line(shown: tuple[str, object]) -> str:
    name, value = shown
    words = ", ".join(map(str, value)) if isinstance(value, list) else value
    return f"{name:<16} {'-' if words in (None, '') else words}"


def _drop_output() -> None:
    """What is still to be written would fail once more when the interpreter ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(error: SalusError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"proved": False, "error": type(error).__name__, "message": str(error)}))
    print(f"salus-verify: {error}", file=sys.stderr)


def _digits(text: str) -> int:
    """A number as it is written on paper: ``31_337`` is a slip, and would be taken for another."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number in digits")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="salus-verify",
        description="Verify the receipt of a record, or of its erasure, offline.",
        epilog="Exit codes: 0 proved; 1 what was found cannot be printed; 2 something given cannot"
        " be read; 6 nothing is proved.",
    )
    parser.add_argument("receipt", type=Path, help="the receipt: JSON, or a QR code's text")
    parser.add_argument("--document", type=Path, help="the record itself, byte for byte")
    parser.add_argument("--block-hash", help="the block's hash, from a source that you trust")
    parser.add_argument("--chain-id", type=_digits, help="the chain that the block is of")
    parser.add_argument("--registry", help="the AnchorRegistry there; default: this release's")
    parser.add_argument("--issuer", help="who is said to have issued it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
