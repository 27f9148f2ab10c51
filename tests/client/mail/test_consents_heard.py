"""What comes in after a consent ended at its reader, and a deny that no node could judge yet."""

from __future__ import annotations

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Chain, development_account
from salus.chain.errors import ChainUnreachable
from salus.consents.documents import Presented
from salus.consents.errors import ConsentRefused
from salus.consents.states import ConsentState, ConsentStates
from salus.records.errors import UnaskedRecord
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.terms import Effect, Rule, Terms


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def post(sender: Salus, to: Salus, kind: str, body: bytes) -> None:
    inbox, document = sender.mail.directory.find(to.account.identity)
    sender.mail.post(inbox, kind, body, document)


def test_nothing_comes_in_by_a_key_whose_consents_the_reader_revoked(exchange: Exchange) -> None:
    custodian, reader = exchange.custodian, exchange.grantee
    exchange.add(b"a note")
    consent = exchange.consent()
    custodian.records.share(consent, purpose="TREAT")
    reader.records.discard(reader.records.collect())
    reader.records.revoke(consent)
    exchange.add(b"a note after it")
    (key,) = custodian.vault.keyring.compartments.all(exchange.patient.identity)
    for parcel in custodian.vault.readers.pointers(key):
        post(custodian, reader, PARCEL, parcel.to_bytes())
    came = reader.records.collect()
    assert came.manifests == ()
    assert [type(each) for each in came.problems] == [UnaskedRecord]


def test_a_deny_that_no_node_could_judge_is_kept_before_anything_opens(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    custodian, reader = exchange.custodian, exchange.grantee
    manifest, consent = exchange.add(b"a note"), exchange.consent()
    custodian.records.share(consent, purpose="TREAT")
    terms = Terms(base=Rule(effect=Effect.DENY))
    proposed = custodian.consents.propose(exchange.patient.identity, reader.account.identity, terms)
    deny = custodian.consents.sign(proposed, by=exchange.patient, keep=False)
    post(custodian, reader, TERMS, deny.to_json().encode())
    real = ConsentStates.of

    def of(states: ConsentStates, presented: Presented) -> ConsentState:
        if presented.consent.id == deny.consent.id:
            raise ChainUnreachable(url="http://node", reason="reset")
        return real(states, presented)

    with monkeypatch.context() as failing:
        failing.setattr(ConsentStates, "of", of)
        came = reader.records.collect()
    assert (len(came.unjudged), came.manifests) == (1, (manifest,))
    with pytest.raises(ConsentRefused):
        reader.records.open(manifest, under=consent, purpose="TREAT")
