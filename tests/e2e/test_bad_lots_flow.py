"""Lots that a supply chain cannot take: a clear error with its exit code."""

from __future__ import annotations

import time

import pytest
from tests.support.command_line import CommandLine, new_gtin
from tests.support.shells import Shells

from salus.primitives.roles import Role
from salus.testing import advance

pytestmark = pytest.mark.slow


# What a supply chain is given --------------------------------------------------------------------


def commission(person: CommandLine, gtin: str, *, expiry: str = "2028-12-31") -> tuple:
    person.write("serials.txt", "S1\nS2\n")
    shown = person(
        *("lots", "commission", gtin, "AB-12", "--expiry", expiry, "--serials", "serials.txt"),
        *("--gln", "9520001000003", "--manifest", "lot.json"),
    )
    return shown.error


def test_refuses_a_caller_without_accreditation(cli: CommandLine) -> None:
    named = ("09506000134352", "--holder", cli.me, "--maker", cli.me)
    shown = cli("products", "register", *named).error
    assert shown[:2] == (3, "NotRegulator")
    assert commission(cli, "09506000134352")[0] == 3
    assert not (cli.folder / "lot.json").exists()


def test_refuses_a_bad_check_digit(cli: CommandLine) -> None:
    code, kind, message = commission(cli, "09506000134350")
    assert (code, kind) == (2, "BadCheckDigit")
    assert "it should be 2: scan or type it again" in message
    assert not (cli.folder / "lot.json").exists()


def test_refuses_an_expired_lot(shell: Shells) -> None:
    maker = shell(Role.REGULATOR, Role.MANUFACTURER, Role.PHARMACY)
    gtin = new_gtin()
    maker("products", "register", gtin, "--holder", maker.me, "--maker", maker.me)
    code, kind, _ = commission(maker, gtin, expiry="2020-01-31")
    assert (code, kind) == (2, "ExpiryPassed")
    assert not (maker.folder / "lot.json").exists()

    chain = maker.place.chain
    day = time.strftime("%Y-%m-%d", time.gmtime(chain.now() + 86400))
    maker.write("serials.txt", "S1\n")
    done = maker(
        *("lots", "commission", gtin, "AB-13", "--expiry", day, "--serials", "serials.txt"),
        *("--gln", "9520001000003", "--manifest", "lot.json"),
    )
    assert done.code == 0, done.out
    advance(chain, 3 * 86400)
    pack = f"(01){gtin}(10)AB-13(21)S1"
    scanned = maker("packs", "scan", pack, "--from", "lot.json")
    assert scanned.code == 6
    assert '"verdict": "expired"' in scanned.out
    shown = maker("packs", "dispense", pack, "--from", "lot.json").error
    assert shown[:2] == (3, "LotExpired")
