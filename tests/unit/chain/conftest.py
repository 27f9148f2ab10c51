"""One account, whose key everybody may know."""

import pytest

from salus.chain import Account

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"


@pytest.fixture
def account():
    return Account.from_key(KEY)
