"""A list of serials is one a line: anything else is refused before a lot number is used up."""

from __future__ import annotations

import pytest
from tests.support.command_line import new_gtin
from tests.support.shells import Shells

from salus.errors import InputError
from salus.primitives.roles import Role
from salus.supply.serials import serials_in

GLN = "9520001000003"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("serial\nS1\n", 1, "a header"),
        ("Serial Number\r\nS1\r\n", 1, "a header"),
        ('"Serial_No"\nS1\n', 1, "a header"),
        ("serial,expiry\nS1,2028-12-31\n", 1, "a comma"),
        ("S1\nS2 S3\n", 2, "white space"),
        ("S1\nS2\tS3\n", 2, "white space"),
        ("S1\nS2\u00a0\n", 2, "white space"),
        ("S1\rS2\r", 1, "white space"),
        ("S1\u2028S2", 1, "white space"),
        ("S1\n\nS2,S3\n", 3, "a comma"),
        ("S1;S2", 1, "a semicolon"),
        ('S1\n"S2"\n', 2, "a quote"),
        ("'S1'\n", 1, "a quote"),
        ("S1\nS\u00e9\n", 2, "serial number"),
        ("S1\n" + "9" * 21, 2, "serial number"),
    ],
)
def test_a_line_that_is_no_serial_number_is_named(text: str, line: int, words: str) -> None:
    with pytest.raises(InputError, match=rf"^s\.txt, line {line}: .*{words}"):
        serials_in(text, name="s.txt")


def test_empty_lines_ends_of_lines_and_outer_spaces_are_no_serials() -> None:
    assert serials_in("S1\r\n\n  S2 \nserial\n", name="s.txt") == ["S1", "S2", "serial"]


def test_a_table_uses_up_no_lot_number_and_ships_no_pack(shell: Shells) -> None:
    maker, pharmacy = shell(Role.REGULATOR, Role.MANUFACTURER), shell(Role.PHARMACY)
    gtin = new_gtin()
    maker("products", "register", gtin, "--holder", maker.me, "--maker", maker.me)
    commission = ("lots", "commission", gtin, "L1", "--expiry", "2028-12-31", "--gln", GLN)
    maker.write("table.csv", "serial,expiry\nS1,2028-12-31\nS2,2028-12-31\n")
    refused = maker(*commission, "--serials", "table.csv", "--manifest", "l.json")
    assert refused.error[0] == 2
    assert not (maker.folder / "l.json").exists()
    maker.write("serials.txt", "S1\nS2\n")
    done = maker(*commission, "--serials", "serials.txt", "--manifest", "l.json")
    assert done.data["quantity"] == 2
    maker.write("some.txt", "S1 S2\n")
    places = ("--to", pharmacy.me, "--gln", GLN, "--to-gln", "9520003000001", "--out", "o.json")
    assert maker("shipments", "ship", "l.json", "--serials", "some.txt", *places).error[0] == 2
    assert not (maker.folder / "o.json").exists()
    maker.write("some.txt", "S1\n")
    shipped = maker("shipments", "ship", "l.json", "--serials", "some.txt", *places)
    assert shipped.data["quantity"] == 1
