"""Content of several segments, sealed once."""

from __future__ import annotations

import pytest
from tests.support.envelopes import FIRST_PLAINTEXT, NOISE, sealed

from salus.vault.crypto.segments import (
    SEGMENT_PLAINTEXT,
)


@pytest.fixture(scope="module")
def blob() -> bytes:
    return sealed(NOISE[: FIRST_PLAINTEXT + 3 * SEGMENT_PLAINTEXT + 100])
