"""A rotation of keys in clients that live on, and after a theft: nothing is lost or sent astray."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.exchange import TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.errors import CredentialError, InvalidValue
from salus.mail.errors import OwnKeyMissing
from salus.primitives.errors import InvalidArgument
from salus.testing import fund
from salus.vault import IdentityKeys, Vault
from salus.vault.errors import MissingKey, WrongRecipient
from salus.vault.keys.encrypted_keys import FASTEST, load_keys, save_keys
from salus.vault.letters.inbox import Inbox

PASSPHRASE = "seven wet otters"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def exchange(chain: Chain, path: Path) -> Exchange:
    """Its grantee's keys lie in a file."""
    both = Exchange.set_up(chain, development_account(8))
    save_keys(path, both.grantee.vault.keys, passphrase=PASSPHRASE, cost=FASTEST)
    return both


def opened(client: Salus, keys: IdentityKeys) -> Salus:
    """Another process of the same participant, with a key database of its own."""
    vault = Vault("memory://beside", "memory:", keys=keys, chain_id=client.chain.chain_id)
    return Salus(client.chain, account=client.account, vault=vault)


def share(exchange: Exchange) -> None:
    exchange.add(b"after the rotation")
    assert exchange.custodian.records.share(exchange.consent(), purpose="TREAT")


def test_the_client_that_rotates_opens_what_comes_under_the_new_key(
    exchange: Exchange, path: Path
) -> None:
    reader = exchange.grantee
    made = reader.mail.rotate_keys(path, passphrase=PASSPHRASE)
    assert reader.vault.keys == made.keys == load_keys(path, passphrase=PASSPHRASE)
    share(exchange)
    came = reader.records.collect()
    assert (len(came.manifests), came.problems, came.refused) == (1, (), ())
    assert reader.records.discard(came, refused=True) == len(came.taken)
    assert [each.open("TREAT") for each in came] == [b"after the rotation"]
    inbox, document = reader.mail.directory.find(reader.identity)
    assert document == made.keys.document
    reader.mail.announce(inbox.url)  # and it is nobody else's key that the chain names


def test_a_client_beside_the_one_that_rotates_reads_the_file_again(
    exchange: Exchange, path: Path
) -> None:
    reader = exchange.grantee
    reader.vault.own_keys.read_by(lambda: load_keys(path, passphrase=PASSPHRASE))
    beside = opened(reader, reader.vault.keys)
    made = beside.mail.rotate_keys(path, passphrase=PASSPHRASE)
    assert reader.vault.keys != made.keys
    share(exchange)
    came = reader.records.collect()
    assert (len(came.manifests), came.problems) == (1, ())
    assert reader.vault.keys == made.keys


@pytest.mark.parametrize("read", ["nowhere", "an older file"])
def test_what_is_sealed_to_a_key_of_another_process_waits_and_is_not_deleted(
    exchange: Exchange, path: Path, read: str
) -> None:
    reader, first = exchange.grantee, exchange.grantee.vault.keys
    if read == "an older file":
        reader.vault.own_keys.read_by(lambda: first)
    beside = opened(reader, first)
    made = beside.mail.rotate_keys(path, passphrase=PASSPHRASE)
    share(exchange)
    inbox, _ = reader.mail.directory.find(reader.identity)
    lying = set(inbox.list())

    came = reader.records.collect()
    assert {type(each) for each in came.problems} == {OwnKeyMissing}
    assert "salus.vault.recover_keys()" in str(came.problems[0])
    assert (set(came.waiting), came.refused) == (lying, ())
    assert reader.records.discard(came, refused=True, unknown=True, unjudged=True) == 0
    assert set(inbox.list()) == lying

    reader.vault.own_keys.take(made.keys)
    assert len(reader.records.collect().manifests) == 1


def test_what_names_a_key_of_ours_that_is_long_replaced_waits_and_a_stranger_s_is_refused(
    exchange: Exchange, path: Path
) -> None:
    reader, sender = exchange.grantee, exchange.custodian
    inbox, first = reader.mail.directory.find(reader.identity)
    made = reader.mail.rotate_keys(path, passphrase=PASSPHRASE)
    reader.vault.own_keys.take(made.keys.retire(before=made.keys.document.created_at + 1))
    stranger = IdentityKeys.generate(reader.identity, created_at=0).document  # never announced
    for document in (first, stranger):
        sender.mail.post(inbox, "terms", b"{}", document)
    came = reader.records.collect()
    assert (len(came.waiting), len(came.refused)) == (1, 1)
    assert {type(each) for each in came.problems} == {OwnKeyMissing, WrongRecipient}


class Theft:
    """The owner's account, which a thief had as well, until the owner rotated it."""

    def __init__(self, exchange: Exchange, path: Path) -> None:
        self.exchange, self.path, self.before = exchange, path, exchange.grantee
        self.keys = exchange.grantee.vault.keys
        self.identity = exchange.grantee.identity
        marks = secrets.token_hex(4)
        self.own, self.astray = f"memory://own-{marks}", f"memory://astray-{marks}"
        self.thief = opened(
            self.before,
            IdentityKeys.generate(self.identity, created_at=exchange.grantee.chain.now()),
        )

    def end(self) -> Salus:
        account, chain = Account.create(), self.before.chain
        fund(chain, account.address, payer=development_account(8))
        self.before.identities.control.rotate(self.identity, account.address)
        vault = self.before.vault
        return Salus(chain, account=account, vault=vault, identity=self.identity)

    def named(self) -> dict[str, list[bytes]]:
        return self.before.identities.changes.attributes(self.identity)


@pytest.fixture
def theft(exchange: Exchange, path: Path) -> Theft:
    return Theft(exchange, path)


def require_nothing_done(theft: Theft, act: Callable[[], object], match: str) -> None:
    before = theft.named()
    with pytest.raises(CredentialError, match=match):
        act()
    assert theft.named() == before
    assert load_keys(theft.path, passphrase=PASSPHRASE) == theft.before.vault.keys == theft.keys


def test_rotating_does_not_go_to_an_inbox_and_over_a_key_of_a_thief(theft: Theft) -> None:
    theft.thief.mail.announce(theft.astray, replacing=True)
    owner = theft.end()
    for act in (
        lambda: owner.mail.announce(theft.own),
        lambda: owner.mail.rotate_keys(theft.path, passphrase=PASSPHRASE),
    ):
        require_nothing_done(theft, act, match=r"thefts\.clear.*inbox of your own")

    owner.mail.announce(theft.own, replacing=True)  # what the refusal advises
    owner.mail.rotate_keys(theft.path, passphrase=PASSPHRASE)
    assert_mail_comes(theft, owner)


def test_a_thief_s_inbox_for_one_s_own_key_is_not_taken_over(theft: Theft) -> None:
    theft.before.mail.announce(theft.astray)  # the thief names the owner's key there
    owner = theft.end()
    require_nothing_done(
        theft,
        lambda: owner.mail.rotate_keys(theft.path, passphrase=PASSPHRASE),
        match="announced by a former account",
    )
    owner.mail.announce(theft.own)
    owner.mail.rotate_keys(theft.path, passphrase=PASSPHRASE)
    assert_mail_comes(theft, owner)


def test_clearing_what_a_thief_left_leads_back_to_work(theft: Theft) -> None:
    theft.thief.mail.announce(theft.astray, replacing=True)
    owner = theft.end()
    owner.thefts.clear(consents=False)
    with pytest.raises(MissingKey, match=r"mail\.announce"):
        owner.mail.rotate_keys(theft.path, passphrase=PASSPHRASE)
    owner.mail.announce(theft.own)
    owner.mail.rotate_keys(theft.path, passphrase=PASSPHRASE)
    assert_mail_comes(theft, owner)


def assert_mail_comes(theft: Theft, owner: Salus) -> None:
    exchange = theft.exchange
    inbox, document = exchange.custodian.mail.directory.find(theft.identity)
    assert (inbox.url, document) == (theft.own, owner.vault.keys.document)
    assert len(owner.vault.keys.keys) == 2
    proposed = exchange.custodian.consents.propose(
        exchange.patient.identity, theft.identity, TREATMENT
    )
    signed = exchange.custodian.consents.sign(proposed, by=exchange.patient)
    exchange.add(b"after the theft")
    exchange.custodian.vault.contacts.accept(document)
    assert exchange.custodian.records.share(signed, purpose="TREAT")
    assert Inbox(theft.astray).list() == []
    assert [each.open("TREAT") for each in owner.records.collect()] == [b"after the theft"]


def test_another_identity_s_file_is_not_rotated(exchange: Exchange, path: Path) -> None:
    others = exchange.custodian.vault.keys
    save_keys(path, others, passphrase=PASSPHRASE, cost=FASTEST, replace=True)
    with pytest.raises(InvalidArgument, match="opened by"):
        exchange.grantee.mail.rotate_keys(path, passphrase=PASSPHRASE)
    assert load_keys(path, passphrase=PASSPHRASE) == others


@pytest.mark.parametrize("wrong", ["no", 1, None])
def test_what_announces_over_another_key_is_said_with_a_truth_value(
    exchange: Exchange, wrong: object
) -> None:
    with pytest.raises(InvalidValue, match="replacing"):
        exchange.grantee.mail.announce("memory://x", replacing=wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="path"):
        exchange.grantee.mail.rotate_keys(7, passphrase=PASSPHRASE)  # type: ignore[arg-type]
