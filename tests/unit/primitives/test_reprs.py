"""What is logged by accident: no repr shows a reason, a salt or what a record is about."""

from __future__ import annotations

from tests.support.invented import DOCUMENT, invented_receipt

from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.emergencies.custodians import Release
from salus.emergencies.releases import ReleasedShare
from salus.primitives.statement import SaltedStatement
from salus.receipts import Receipt
from salus.records.incoming import NewRecord
from salus.terms import ResourceFacts
from salus.vault import Compartment
from salus.vault.versions.adding import NewVersion
from salus_verify.log import Checkpoint

REASON = "suspected overdose"
CODE = "B20"


def test_a_statement_hides_its_text_and_salt() -> None:
    opening = SaltedStatement.of(REASON)
    assert REASON not in repr(opening)
    assert repr(opening.salt) not in repr(opening)
    assert opening.salt.hex() not in repr(opening)


def test_a_release_hides_its_entry() -> None:
    share = ReleasedShare("0x" + "11" * 20, b"q" * 32, "0x" + "72" * 32, b"sealed")
    anchored = AnchoredCheckpoint("0x" + "11" * 20, b"s" * 32, Checkpoint.none(), 1)
    stands = Inclusion(b"l" * 32, 0, (), anchored)
    shown = repr(Release(share, b'{"salt":"0xabc"}', stands))
    assert "0xabc" not in shown
    assert "Inclusion" in shown


def test_a_draft_hides_what_the_record_is_about() -> None:
    patient = "0x" + "12" * 20
    labels = Compartment(patient=patient, resource_class=CODE, sensitivities=frozenset({"HIV"}))
    draft = NewVersion(None, labels, "text/plain", 1, (1_777_888_999, None), "none")
    facts = ResourceFacts(resource_class="Observation", sensitivities=frozenset({"HIV"}))
    coming = NewRecord(DOCUMENT, facts, "text/plain")
    for each in (draft, coming):
        assert "text/plain" in repr(each)
        for hidden in (CODE, "HIV", patient, DOCUMENT.decode(), "1777888999"):
            assert hidden not in repr(each)


def test_a_receipt_hides_its_salt() -> None:
    receipt: Receipt = invented_receipt(registry="0x" + "bb" * 20)
    assert repr(receipt.opening.salt) not in repr(receipt)
