"""A theft, a recovery, and what the thief left behind. On a chain whose clock this module moves."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.thefts import DAY, GRANT, STRANGE, TERMS, Theft, steal

from salus import Salus
from salus.chain import Account, development_account
from salus.chain.errors import ChainUnreachable, NodeRefused
from salus.chain.node.answers import RpcFailure
from salus.chain.sending.errors import TransactionUnknown
from salus.consents import Consents
from salus.consents.errors import ConsentNotInForce
from salus.contracts.consents.events import AllConsentsRevoked
from salus.contracts.identities.events import DIDAttributeChanged, DIDDelegateChanged
from salus.contracts.signed_acts import NotController
from salus.errors import InputError, SalusError
from salus.identities import add_delegate, set_attribute
from salus.identities.changes import name32
from salus.testing import advance, fund, local_salus
from salus.thefts.errors import NotHandedOver
from salus.thefts.leftovers import Kind


@pytest.fixture(scope="module")
def helper() -> Salus:
    return local_salus()


@pytest.fixture
def theft(helper: Salus) -> Theft:
    return steal(helper)


def test_after_a_recovery_nothing_of_the_thief_is_left_and_the_honest_stay(theft: Theft) -> None:
    helper, identities, who = theft.helper, theft.helper.identities, theft.identity
    ahead = helper.consents.sign(
        helper.consents.propose(who, theft.accomplice.identity, TERMS),
        by=theft.patient,
        deadline=helper.chain.now() + 90 * DAY,
    )
    theft.recover()
    late = theft.grant(by=theft.accomplice)
    assert theft.is_active(theft.consent)
    assert theft.is_active(late)

    cleared = theft.helper.thefts.clear(who, keep=theft.confirmed(), by=theft.new_owner)

    assert [each.label for each in cleared.removed] == [
        GRANT,
        "did/svc/inbox",
        "\ufffdinbox\ufffd[31m\ufffdevil",
    ]
    assert cleared.consents_ended
    shown = [{type(event) for event in each.events} for each in cleared.transactions]
    assert shown == [{DIDDelegateChanged}, {AllConsentsRevoked}, {DIDAttributeChanged}]
    assert not identities.changes.is_delegate(who, GRANT, theft.accomplice.identity)
    assert identities.changes.is_delegate(who, GRANT, theft.carer.identity)
    assert identities.changes.attributes(who) == {"did/svc/inbox": [b"memory://honest"]}
    assert not theft.is_active(theft.consent)
    assert not theft.is_active(late)
    with pytest.raises(ConsentNotInForce):
        helper.consents.checks.require(ahead)
    with pytest.raises(NotController):
        theft.grant(by=theft.accomplice)
    assert theft.is_active(theft.grant(by=theft.carer))


def test_tells_who_set_what_and_when(theft: Theft) -> None:
    theft.recover()
    left = theft.left()
    assert len(left) == 5
    inbox = left["did/svc/inbox", "memory://thief"]
    assert inbox.block_number == theft.block
    assert inbox.set_at == theft.helper.chain.block(theft.block).timestamp
    assert inbox.sender == theft.helper.account.address
    assert inbox.valid_to > theft.helper.chain.now()
    accomplice = left[GRANT, theft.accomplice.identity]
    assert accomplice.transaction_hash == inbox.transaction_hash
    assert (accomplice.value, inbox.delegate) == (b"", None)
    assert len({each.id for each in left.values()}) == 5
    assert not any(each.own for each in left.values())


def test_lists_from_a_block_or_from_the_proposal_on(theft: Theft) -> None:
    identities, who = theft.helper.identities, theft.identity
    assert len(theft.left(since=theft.block)) == 3
    assert theft.left(since=theft.block + 1) == {}
    advance(theft.helper.chain, 60)
    theft.propose()
    identities.changes.apply(who, [set_attribute("late", b"1")], by=theft.patient)
    assert set(theft.left(since="recovery")) == {("late", "1")}
    advance(theft.helper.chain, 7 * DAY)
    identities.recovery.execute(who)
    assert set(theft.left(since="recovery")) == {("late", "1")}

    removed = theft.helper.thefts.clear(who, since="recovery", by=theft.new_owner).removed
    assert [each.label for each in removed] == ["late"]
    assert len(theft.left()) == 5


@pytest.mark.parametrize("since", [-1, "yesterday"])
def test_refuses_another_beginning(theft: Theft, since: int | str) -> None:
    with pytest.raises(InputError, match="neither a block"):
        theft.left(since=since)


def test_an_identity_that_was_never_recovered_has_no_proposal(theft: Theft) -> None:
    with pytest.raises(InputError, match="never recovered"):
        theft.left(since="recovery")


def test_a_second_run_does_nothing_and_spares_what_came_after(theft: Theft) -> None:
    identities, who = theft.helper.identities, theft.identity
    theft.recover()
    keep = theft.confirmed()
    theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)

    identities.changes.apply(
        who, [set_attribute("did/svc/inbox", b"memory://new")], by=theft.new_owner
    )
    granted = theft.grant(by=theft.new_owner)
    again = theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)

    assert (again.removed, again.consents_ended, again.transactions) == ((), False, ())
    assert theft.is_active(granted)
    own = theft.left()["did/svc/inbox", "memory://new"]
    assert own.own
    assert identities.changes.services(who, "inbox") == ["memory://honest", "memory://new"]


def test_goes_on_where_a_run_stopped(theft: Theft, monkeypatch: pytest.MonkeyPatch) -> None:
    who = theft.identity
    theft.recover()
    keep = theft.confirmed()

    def cut(*_: object, **__: object) -> None:
        raise ChainUnreachable(url="http://node", reason="cut")

    with monkeypatch.context() as patch:
        patch.setattr(Consents, "revoke_all", cut)
        with pytest.raises(ChainUnreachable):
            theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)
    assert theft.is_active(theft.consent)

    rest = theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)
    assert {each.kind for each in rest.removed} == {Kind.ATTRIBUTE}
    assert (rest.consents_ended, len(rest.transactions)) == (True, 2)
    assert not theft.is_active(theft.consent)


@pytest.mark.parametrize("stopped", [False, True])
def test_what_a_delegate_granted_after_consents_ended_ends_too(theft: Theft, stopped: bool) -> None:
    who = theft.identity
    theft.recover()
    keep = theft.confirmed()
    theft.helper.consents.revoke_all(who, by=theft.new_owner)
    late = theft.grant(by=theft.accomplice)
    if stopped:
        theft.helper.thefts.clear(who, keep=keep, consents=False, by=theft.new_owner)
    assert theft.is_active(late)

    assert theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner).consents_ended
    assert not theft.is_active(late)


def test_what_a_delegate_granted_before_its_time_ended_ends_too(theft: Theft) -> None:
    identities, who = theft.helper.identities, theft.identity
    short = add_delegate(theft.accomplice.identity, GRANT, lasting=8 * DAY)
    identities.changes.apply(who, [short], by=theft.patient)
    theft.recover()
    keep = theft.confirmed()
    theft.helper.consents.revoke_all(who, by=theft.new_owner)
    late = theft.grant(by=theft.accomplice)
    advance(theft.helper.chain, 2 * DAY)

    cleared = theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)
    assert theft.accomplice.identity not in [each.delegate for each in cleared.removed]
    assert cleared.consents_ended
    assert not theft.is_active(late)
    assert not theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner).transactions


def test_a_confirmed_delegate_whose_time_ended_ends_no_consents_again(theft: Theft) -> None:
    who = theft.identity
    theft.recover()
    keep = theft.confirmed()
    theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)
    granted = theft.grant(by=theft.carer)
    advance(theft.helper.chain, 366 * DAY)
    assert not theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner).transactions
    assert theft.is_active(granted)


def test_works_after_a_rotation_and_directly(helper: Salus) -> None:
    patient, new_owner, accomplice = (Account.create() for _ in range(3))
    for each in (patient, new_owner):
        fund(helper.chain, each.address, payer=development_account(8))
    victim, owner = (Salus(helper.chain, account=each) for each in (patient, new_owner))
    who = patient.identity
    victim.identities.changes.apply(who, [add_delegate(accomplice.identity, GRANT)])
    (left,) = victim.thefts.leftovers(who)
    assert left.sender == patient.address
    with pytest.raises(NotHandedOver, match="rotate the key"):
        victim.thefts.clear(who)

    victim.identities.control.rotate(who, new_owner.identity)
    owner.thefts.clear(who)
    assert owner.thefts.leftovers(who) == ()


def test_a_list_that_begins_after_the_recovery_holds_what_is_one_s_own(theft: Theft) -> None:
    identities, who = theft.helper.identities, theft.identity
    theft.recover()
    own = [set_attribute("own", b"1")]
    block = identities.changes.apply(who, own, by=theft.new_owner).block_number
    assert [each.own for each in theft.helper.thefts.leftovers(who, since=block)] == [True]
    assert theft.helper.thefts.clear(who, since=block, by=theft.new_owner).removed == ()


def test_waits_for_a_pending_recovery(theft: Theft) -> None:
    theft.recover()
    late = [set_attribute("late", b"1")]
    theft.helper.identities.changes.apply(theft.identity, late, by=theft.new_owner)
    assert theft.left()["late", "1"].own
    theft.propose()
    # Nobody knows yet whose it is: the coming owner is another one.
    assert not theft.left()["late", "1"].own
    with pytest.raises(NotHandedOver, match="pending"):
        theft.helper.thefts.clear(theft.identity, by=theft.new_owner)


def test_a_mistyped_confirmation_ends_nothing(theft: Theft) -> None:
    theft.recover()
    keep = [*theft.confirmed(), "00" * 16]
    with pytest.raises(InputError, match="names nothing"):
        theft.helper.thefts.clear(theft.identity, keep=keep, by=theft.new_owner)
    assert len(theft.left()) == 5


def test_the_thief_clears_nothing_after_the_recovery(theft: Theft) -> None:
    theft.recover()
    with pytest.raises(NotController):
        theft.helper.thefts.clear(theft.identity, by=theft.patient)


def test_more_than_one_transaction_holds_goes_in_several(theft: Theft) -> None:
    identities, who = theft.helper.identities, theft.identity
    many = [set_attribute(f"n{number}", b"v" * 100) for number in range(60)]
    large = [set_attribute(f"large{number}", bytes([number]) * 5000) for number in range(2)]
    for changes in (many, large):
        identities.changes.apply(who, changes, by=theft.patient)
    identities.control.rotate(who, theft.new_owner.identity, by=theft.patient)

    cleared = theft.helper.thefts.clear(who, by=theft.new_owner)
    assert len(cleared.removed) == 67
    assert len(cleared.transactions) == 5
    assert theft.helper.thefts.leftovers(who) == ()


@pytest.mark.parametrize("error", [NodeRefused, ChainUnreachable])
def test_an_attribute_too_large_to_revoke_keeps_no_consent_alive(
    theft: Theft, monkeypatch: pytest.MonkeyPatch, error: type[SalusError]
) -> None:
    identities, who = theft.helper.identities, theft.identity
    large = [set_attribute(GRANT, bytes(9000)), set_attribute("large", bytes(9001))]
    for each in large:
        identities.changes.apply(who, [each], by=theft.patient)
    theft.recover()
    ask = theft.helper.chain.rpc.attempt

    def attempt(method: str, *params: Any) -> object:
        if method == "eth_estimateGas" and len(params[0]["data"]) > 2 * 9001:
            if error is ChainUnreachable:
                raise ChainUnreachable(url="http://node", reason="413 Payload Too Large")
            return RpcFailure("Out of gas: Needed 8390638 - Remaining 4191559")
        return ask(method, *params)

    monkeypatch.setattr(theft.helper.chain.rpc, "attempt", attempt)
    keep = theft.confirmed()
    cleared = theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)

    assert cleared.consents_ended
    assert not theft.is_active(theft.consent)
    assert [len(each.value) for each, _ in cleared.unremoved] == [9000, 9001]
    assert {type(problem) for _, problem in cleared.unremoved} == {error}
    assert len(cleared.removed) == 3
    again = theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)
    assert (again.removed, again.consents_ended, again.transactions) == ((), False, ())
    assert len(again.unremoved) == 2

    monkeypatch.undo()
    rest = theft.helper.thefts.clear(who, keep=keep, by=theft.new_owner)
    assert (len(rest.removed), len(rest.transactions), rest.unremoved) == (2, 2, ())


def test_a_deactivated_identity_has_nothing_left(theft: Theft) -> None:
    theft.helper.identities.control.deactivate(theft.identity, by=theft.patient)
    assert theft.left() == {}


def test_names_of_events_are_taken_as_they_are() -> None:
    assert name32(STRANGE) == STRANGE


def test_an_attribute_whose_revocation_may_be_mined_is_not_called_too_large(
    theft: Theft, monkeypatch: pytest.MonkeyPatch
) -> None:
    identities, who = theft.helper.identities, theft.identity
    identities.changes.apply(who, [set_attribute("large", bytes(9000))], by=theft.patient)
    theft.recover()
    apply = identities.changes.apply

    def silent(identity: str, changes: Any, *, by: Any) -> object:
        mined = apply(identity, changes, by=by)
        if len(changes[0].value) == 9000:  # it is mined, and the answer is lost
            raise TransactionUnknown(
                transaction=mined.hash, address=identity, url="http://node", reason="timed out"
            )
        return mined

    with monkeypatch.context() as patch:
        patch.setattr(identities.changes, "apply", silent)
        cleared = theft.helper.thefts.clear(who, by=theft.new_owner)
    assert cleared.unremoved == ()
    ((left, problem),) = cleared.unknown
    assert (len(left.value), type(problem)) == (9000, TransactionUnknown)
    assert left not in cleared.removed
    again = theft.helper.thefts.clear(who, by=theft.new_owner)
    assert (again.unknown, again.unremoved, again.transactions) == ((), (), ())
