"""Each thing that an application author writes stands in an example that is run."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

ROWS = {
    "connect": ("salus", 'salus.connect("tester")'),
    "terms in words": ("salus", 'Terms.permit("TREAT").except_(sensitivities="PSY")'),
    "an inbox is announced": ("salus.mail.client", "mail.announce("),
    "a passkey": ("salus.client", ".passkey("),
    "a record of any kind": ("salus.records.client", 'about="DocumentReference"'),
    "records are iterated over": ("salus.records.listing", "list(clinic.records)"),
    "records are searched": ("salus.records.listing", "records.search(kind="),
    "a record is opened": ("salus.records.reading", "records.read("),
    "a received record is opened": (
        "salus.records.reading",
        'records.open(came.manifests[0], under=consent, purpose="TREAT")',
    ),
    "a received record is opened by its id": (
        "salus.records.reading",
        'records.open(came.manifests[0].record_id, under=consent, purpose="TREAT")',
    ),
    "a file is added as what it is said to be": (
        "salus.records.adding",
        'records.add(study, patient=clinic, about="ImagingStudy")',
    ),
    "a file is added as what it is": (
        "salus.records.adding_files",
        "records.add_file(file, patient=",
    ),
    "own records without a node": ("salus.vault", "salus.open_vault("),
    "what is collected opens": ("salus.records.collecting", 'received.open("TREAT")'),
    "a consent ends": ("salus.records.revocations", "records.revoke("),
    "a receipt is verified": ("salus.receipts", "receipt.verify(document, trusting=me.chain)"),
    "packs are shipped": ("salus.drugs.client", "drugs.shipments.ship("),
    "a code is scanned": ("salus.drugs.client", "drugs.scan(code, consignment)"),
    "dates where seconds are": ("salus.terms.period", "timedelta(days="),
    "errors of ours for wrong types": ("salus.primitives.arguments", "must be int, not str"),
}
"""By what is wanted: the module, and what its example writes."""


@pytest.mark.parametrize("wanted", ROWS)
def test_each_row_has_an_example_that_is_run(wanted: str) -> None:
    module, written = ROWS[wanted]
    found = doctest.DocTestFinder(recurse=False).find(import_module(module))
    examples = [each for test in found for each in test.examples]
    assert any(written in f"{each.source} {each.exc_msg or ''}" for each in examples)
