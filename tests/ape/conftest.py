"""The kernel, deployed anew for each ape test."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

DAY = 86_400


@pytest.fixture
def patient(accounts: Any) -> Any:
    return accounts[0]


@pytest.fixture
def hospital(accounts: Any) -> Any:
    return accounts[1]


@pytest.fixture
def governance(accounts: Any) -> Any:
    return accounts[8]


@pytest.fixture
def stranger(accounts: Any) -> Any:
    return accounts[9]


@pytest.fixture
def kernel(project: Any, governance: Any) -> SimpleNamespace:
    identities = governance.deploy(project.IdentityRegistry)
    accreditations = governance.deploy(
        project.AccreditationRegistry, identities, 2 * DAY, governance, DAY
    )
    return SimpleNamespace(
        identities=identities,
        accreditations=accreditations,
        consents=governance.deploy(project.ConsentRegistry, identities, accreditations),
        anchors=governance.deploy(project.AnchorRegistry, identities),
        drugs=governance.deploy(project.DrugProvenance, identities, accreditations),
    )
