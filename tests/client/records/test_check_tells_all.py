"""A check tells what it found, whatever it could not look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.exchange import Exchange

from salus.chain import Chain, development_account
from salus.chain.errors import ChainUnreachable, SignerNotInControl
from salus.errors import SalusError
from salus.primitives.errors import InvalidArgument
from salus.vault.upkeep.checking import Finding

NOT_OURS = SignerNotInControl(
    identity="0x" + "11" * 20, signer="0x" + "22" * 20, owner="0x" + "33" * 20
)
SILENT = ChainUnreachable(url="http://node", reason="connection refused")


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.mark.parametrize("problem", [NOT_OURS, SILENT])
def test_an_error_in_one_half_drops_no_finding_of_another(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, problem: SalusError
) -> None:
    records, manifest = exchange.custodian.records, exchange.add(b"one")
    exchange.storage.blobs.pop(manifest.blob.name)

    def keys() -> Iterator[Finding]:
        yield Finding("missing identity key", "0xab", "it is not here")
        raise problem

    def trials(repair: bool) -> Iterator[Finding]:
        yield Finding("trial without a protocol", "0xcd", "gone")

    monkeypatch.setattr(records.checking, "_keys", keys)
    records.checking.register("trials", trials)
    report = records.check()

    found = [each.kind for each in report.findings]
    assert found[0] == "missing blob"
    assert found[1:] == ["missing identity key", "trial without a protocol", "unchecked"]
    assert str(problem) in report.findings[-1].detail


@pytest.mark.parametrize("taken", ["emergencies", "streams", ""])
def test_a_check_takes_no_other_ones_place(exchange: Exchange, taken: str) -> None:
    with pytest.raises(InvalidArgument, match="that no check has yet"):
        exchange.custodian.records.checking.register(taken, lambda repair: ())


def test_an_error_where_nothing_is_wrong_is_raised(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = exchange.custodian.records

    def keys() -> Iterator[Finding]:
        raise SILENT
        yield

    monkeypatch.setattr(records.checking, "_keys", keys)
    with pytest.raises(ChainUnreachable):
        records.check()
