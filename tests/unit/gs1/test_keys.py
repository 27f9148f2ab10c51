from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from biip.gtin import Gtin as BiipGtin
from hypothesis import given
from hypothesis import strategies as st

from salus.errors import InvalidValue
from salus.gs1 import Gln, Gtin, Sscc, gtin_from_ndc
from salus.gs1.errors import BadCheckDigit, MalformedIdentifier
from salus.gs1.identification_keys import check_digit

NDC_LIST = Path(__file__).parents[4] / "shared" / "data" / "ndc" / "unfinished_package.txt"

digits = st.text("0123456789", min_size=1)


@pytest.mark.parametrize("length", [8, 12, 13, 14])
@given(data=st.data())
def test_every_gtin_length_becomes_fourteen_digits(length: int, data: st.DataObject) -> None:
    payload = data.draw(st.text("0123456789", min_size=length - 1, max_size=length - 1))
    gtin = Gtin(f"{payload}{check_digit(payload)}")
    assert str(gtin) == f"{payload}{check_digit(payload)}".zfill(14)


@given(payload=st.text("0123456789", min_size=13, max_size=13), wrong=st.integers(1, 9))
def test_a_wrong_check_digit_is_refused_and_the_right_one_named(payload: str, wrong: int) -> None:
    right = check_digit(payload)
    with pytest.raises(BadCheckDigit, match=f"should be {right}") as caught:
        Gtin(f"{payload}{(right + wrong) % 10}")
    assert caught.value.expected == right


@given(
    payload=st.text("0123456789", min_size=13, max_size=13),
    position=st.integers(0, 12),
    shift=st.integers(1, 9),
)
def test_any_single_mistyped_digit_is_caught(payload: str, position: int, shift: int) -> None:
    good = f"{payload}{check_digit(payload)}"
    mistyped = str((int(good[position]) + shift) % 10)
    with pytest.raises(BadCheckDigit):
        Gtin(good[:position] + mistyped + good[position + 1 :])


@pytest.mark.parametrize("key", [Gtin, Gln, Sscc])
@pytest.mark.parametrize("value", [9506000134352, b"9506000134352", None])
def test_a_key_that_is_no_text_is_refused_by_name(key: type[Any], value: Any) -> None:
    with pytest.raises(InvalidValue, match=f"{key.__name__}.value must be str"):
        key(value)


@pytest.mark.parametrize("value", ["", "123", "9506000134352x", "٩٥٠٦٠٠٠١٣٤٣٥٢", "0" * 15])
def test_refuses_what_is_not_a_gtin(value: str) -> None:
    with pytest.raises(MalformedIdentifier):
        Gtin(value)


def test_sscc_and_gln_check_their_digit() -> None:
    assert Sscc("040123450000003338").uri == "https://id.gs1.org/00/040123450000003338"
    assert Gln("4012345000115").uri == "https://id.gs1.org/414/4012345000115"
    assert Gln("4012345000009").party_uri == "https://id.gs1.org/417/4012345000009"
    with pytest.raises(BadCheckDigit):
        Sscc("040123450000003337")
    with pytest.raises(BadCheckDigit):
        Gln("4012345000116")


@pytest.mark.parametrize("ndc", ["0002-1401-71", "00021-401-71", "00021-4017-1", "0002140171"])
def test_an_ndc_keeps_its_ten_digits_in_the_gtin(ndc: str) -> None:
    assert str(gtin_from_ndc(ndc)) == "00300021401719"


@pytest.mark.parametrize("ndc", ["00002-1401-71", "00002140171", "002-1401-71", "0002-1401-7X", ""])
def test_refuses_an_ndc_that_is_not_ten_digits(ndc: str) -> None:
    with pytest.raises(MalformedIdentifier, match="NDC"):
        gtin_from_ndc(ndc)


@pytest.mark.skipif(not NDC_LIST.is_file(), reason="the National Drug Code sample is not here")
def test_every_listed_drug_package_gets_a_gtin_that_another_library_accepts() -> None:
    codes = [line.split("\t")[2] for line in NDC_LIST.read_text("latin-1").splitlines()[1:]]
    finished = [code for code in codes if len(code.replace("-", "")) == 10 and "X" not in code]
    assert len(finished) > 100
    for code in finished:
        gtin = gtin_from_ndc(code)
        assert BiipGtin.parse(str(gtin)).value == str(gtin)
        assert code.replace("-", "") in str(gtin)
    for placeholder in set(codes) - set(finished):
        with pytest.raises(MalformedIdentifier):
            gtin_from_ndc(placeholder)
