"""A receipt to print: one HTML page, self-contained, with the compact form as a QR code.

Example:
    >>> from salus.receipts.page import qr_svg
    >>> qr_svg("AbC-123")[:4]
    '<svg'
"""

from __future__ import annotations

import html
import io
from datetime import UTC, datetime

from salus.primitives.arguments import typed_arguments
from salus_verify.encoding import hex0x
from salus_verify.qr_form import to_compact
from salus_verify.receipt import Receipt

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Receipt of existence</title>
<style>
  body {{ font: 15px/1.5 Helvetica, Arial, sans-serif; max-width: 42em; margin: 2em auto; }}
  h1 {{ font-size: 1.5em; }}
  svg {{ width: 12cm; height: 12cm; display: block; margin: 1em 0; }}
  dt {{ font-weight: bold; }}
  dd {{ margin: 0 0 .6em 0; font-family: monospace; overflow-wrap: anywhere; }}
</style>
<h1>A record existed by {when}</h1>
<p>Whoever holds the record itself can check, without the issuer's help, that this very document
was in the issuer's log no later than that time. Keep this page as private as the record: it holds
the salt, with which guesses of what a short record says can be tested.</p>
{code}
<dl>
{facts}
</dl>
<p>To check: read the code, and give its text and the document to
<code>salus receipts verify --online</code> with a node that you trust; or look up in the block
named above that the log's checkpoint is the one named above. This page alone proves nothing.</p>
</html>
"""


@typed_arguments
def to_page(receipt: Receipt) -> str:
    """Write the page.

    Args:
        receipt: Any receipt.

    Returns:
        HTML that loads nothing from elsewhere.
    """
    when = datetime.fromtimestamp(receipt.block_timestamp, UTC).strftime("%d %B %Y, %H:%M:%S UTC")
    facts = {
        "Issuer": receipt.issuer,
        "Chain": str(receipt.chain_id),
        "Registry": receipt.registry,
        "Checkpoint": hex0x(receipt.checkpoint.id),
        "Log size": f"{receipt.checkpoint.size:,}",
        "Block": f"{receipt.block_number}, 0x{receipt.block_hash.hex()}",
    }
    return _PAGE.format(
        when=html.escape(when),
        code=qr_svg(to_compact(receipt)),
        facts="\n".join(
            f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>"
            for name, value in facts.items()
        ),
    )


def qr_svg(text: str) -> str:
    """Draw a text as a QR code with error correction L, the smallest that holds it."""
    import segno

    out = io.BytesIO()
    code = segno.make_qr(text, error="l", boost_error=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, border=4, omitsize=True)
    return out.getvalue().decode().strip()
