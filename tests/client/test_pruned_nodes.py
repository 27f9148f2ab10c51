"""A node that no longer serves old events: what it does not show is not said to be not so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support.exchange import NOTE, Exchange
from tests.support.lots import Book, new_gtin
from tests.support.pruning import forget

from salus import Salus
from salus.chain import Account, development_account
from salus.chain.errors import HistoryUnavailable
from salus.consents.documents import BatchedConsent
from salus.consents.errors import ConsentNotInForce
from salus.contracts.drugs.values import Reason
from salus.drugs import Verdict
from salus.errors import VerificationError
from salus.migration.lots import remaining
from salus.receipts import verify_receipt
from salus.terms import Effect, Rule, Terms
from salus.testing import fund, local_salus, people
from salus_verify.assurance import Assurance
from salus_verify.encoding import hex0x
from salus_verify.errors import ReceiptMismatch

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NOTHING = Terms(base=Rule(effect=Effect.DENY))
Prune = Callable[[], None]


@pytest.fixture
def exchange() -> Exchange:
    chain = local_salus().chain
    made = Exchange.set_up(chain, development_account(0))
    fund(chain, made.patient.address, payer=development_account(0))
    made.add(b"note")
    return made


@pytest.fixture
def prune(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Prune:
    """Have the node forget the events of anchors and consents so far; state stays."""
    chain = exchange.custodian.chain
    return lambda: forget(chain, monkeypatch, "AnchorRegistry", "ConsentRegistry")


def batched(exchange: Exchange, *terms: Terms) -> list[BatchedConsent]:
    """One batch for each, anchored by the patient's own program."""
    app = Salus(exchange.custodian.chain, account=exchange.patient)
    grantee, made = exchange.grantee.identity, list[BatchedConsent]()
    for each in terms:
        made += app.consents.batches.grant([app.consents.propose(app.identity, grantee, each)])
    return made


def test_a_deny_that_the_node_cannot_judge_lets_nothing_out(
    exchange: Exchange, prune: Prune
) -> None:
    wide, [deny] = exchange.consent(WIDE), batched(exchange, NOTHING)
    records = exchange.custodian.records
    assert records.heed(deny)
    prune()
    with pytest.raises(HistoryUnavailable):
        exchange.custodian.consents.checks.require(deny)
    with pytest.raises(HistoryUnavailable):
        records.share(wide, purpose="TREAT")
    assert exchange.grantee.records.collect().manifests == ()


def test_a_reader_opens_nothing_beside_a_deny_that_the_node_cannot_judge(
    exchange: Exchange, prune: Prune
) -> None:
    wide, reader = exchange.consent(WIDE), exchange.grantee.records
    exchange.custodian.records.share(wide, purpose="TREAT")
    came = reader.collect()
    assert reader.open(came.manifests[0], under=wide, purpose="TREAT") == b"note"
    assert reader.heed(*batched(exchange, NOTHING))
    prune()
    with pytest.raises(HistoryUnavailable):
        reader.open(came.manifests[0], under=wide, purpose="TREAT")


def test_a_permit_that_the_node_cannot_judge_is_not_revoked(
    exchange: Exchange, prune: Prune
) -> None:
    [permit], records = batched(exchange, WIDE), exchange.custodian.records
    other = Account.create()
    records.add(b"theirs", patient=other.identity, about=NOTE)
    lasting = exchange.custodian.consents.propose(other.identity, exchange.grantee.identity, WIDE)
    signed = exchange.custodian.consents.sign(lasting, by=other)
    for each in (permit, signed):
        assert len(records.share(each, purpose="TREAT")) == 1
    prune()
    ended = records.revoke_ended()
    assert (ended.consents, ended.standing) == ((), 1)
    assert [(each, type(why)) for each, why in ended.failed] == [
        (hex0x(permit.consent.id), HistoryUnavailable)
    ]
    assert exchange.custodian.vault.grants.find(hex0x(permit.consent.id)) is not None


def test_the_beginning_of_an_epoch_that_the_node_forgot_ends_no_consent(
    exchange: Exchange, prune: Prune
) -> None:
    app = Salus(exchange.custodian.chain, account=exchange.patient)
    app.consents.revoke_all(exchange.patient.identity)
    prune()
    with pytest.raises(HistoryUnavailable, match="epoch"):
        exchange.custodian.consents.checks.require(*batched(exchange, WIDE))


def test_what_was_never_anchored_is_told_by_a_stream_that_is_shown_whole(
    exchange: Exchange,
) -> None:
    """However it is made up: in an empty stream, beside true checkpoints, under a false block."""
    true, late = batched(exchange, WIDE, NOTHING)
    before, check = (
        late.inclusion.anchored.block_number - 1,
        exchange.custodian.consents.checks.require,
    )
    with pytest.raises(ConsentNotInForce, match="never anchored"):
        check(late, block=before)
    assert check(true, block=before).consent == true.consent
    anchored = true.inclusion.anchored
    for false in (
        replace(anchored, issuer=Account.create().identity),
        replace(anchored, checkpoint=replace(anchored.checkpoint, parent=b"p" * 32)),
    ):
        with pytest.raises(VerificationError, match="never anchored"):
            exchange.custodian.anchors.proofs.verify(replace(true.inclusion, anchored=false))


def test_a_receipt_whose_checkpoint_the_node_forgot_is_not_called_false(
    exchange: Exchange, prune: Prune
) -> None:
    records, chain = exchange.custodian.records, exchange.custodian.chain
    receipt = records.receipt(exchange.add(b"another note"))
    assert receipt.proof is None, "the chain in this process proves no state"
    assert verify_receipt(receipt, trusting=chain).assurance is Assurance.LOOKED_UP
    other = replace(receipt, checkpoint=replace(receipt.checkpoint, parent=b"p" * 32))
    with pytest.raises(ReceiptMismatch, match="knows no such checkpoint"):
        verify_receipt(other, trusting=chain)
    prune()
    with pytest.raises(HistoryUnavailable):
        verify_receipt(receipt, trusting=chain)


# Medicines ---------------------------------------------------------------------------------------


@pytest.fixture
def book() -> Book:
    salus = local_salus()
    return Book.commission(people(salus.chain))


def test_a_maker_whom_the_node_forgot_is_not_said_to_have_no_lot(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a genuine pack is one of a lot that nobody commissioned."""
    team, drugs = book.team, book.team.pharmacist.drugs
    assert drugs.scan(book.scan()).verdict is not Verdict.UNKNOWN_LOT
    assert drugs.lots.by_maker(new_gtin(), book.lot) == {}, "of a product that nobody registered"
    forget(team.pharmacist.chain, monkeypatch, "DrugProvenance")
    team.regulator.drugs.products.permit(book.gtin, team.identity("distributor"))
    with pytest.raises(HistoryUnavailable):
        drugs.scan(book.scan())


def test_packs_whose_dispensing_the_node_forgot_are_not_moved(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else they could be dispensed once more, in the new deployment."""
    maker = book.team.manufacturer
    maker.drugs.packs.decommission(book.openings(1)[0], Reason.DESTROYED)
    assert len(remaining(maker, book.manifest).serials) == len(book.manifest.serials) - 1
    forget(maker.chain, monkeypatch, "DrugProvenance")
    with pytest.raises(HistoryUnavailable):
        remaining(maker, book.manifest)
