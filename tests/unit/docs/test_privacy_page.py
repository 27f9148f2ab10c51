"""What docs/privacy.md says of bytes on chain is what those bytes hold."""

from __future__ import annotations

from pathlib import Path

from salus.chain import SoftwarePasskey
from salus.chain.signing.passkey import encode_assertion

CHALLENGE = bytes(range(32))


def test_a_passkeys_signature_carries_its_page_and_its_counter_in_clear(root: Path) -> None:
    assertion = SoftwarePasskey.create("hospital.example")(CHALLENGE)
    on_chain = encode_assertion(assertion, CHALLENGE)
    assert b"https://hospital.example" in on_chain
    assert assertion.authenticator_data in on_chain
    page = (root / "docs/privacy.md").read_text()
    [row] = [line for line in page.splitlines() if line.startswith("| a passkey's signature")]
    assert all(word in row for word in ("origin", "signature counter", "digest of the act"))


def test_the_page_says_that_growth_counts_records(root: Path) -> None:
    page = (root / "docs/privacy.md").read_text()
    [row] = [line for line in page.splitlines() if line.startswith("| size, time of each")]
    assert "counts what was added" in row
    assert "counts that pseudonym's records" in row
