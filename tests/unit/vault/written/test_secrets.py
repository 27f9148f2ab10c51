"""What a release sealed opens: key files, shares, deposits, and what lies in inboxes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from tests.unit.conftest import verify

from salus.anchors.store import LogStore
from salus.emergencies.cards import EmergencyCard
from salus.emergencies.custodians import RELEASES_STREAM
from salus.emergencies.emergency_keys import Deposit, restore
from salus.emergencies.releases import ReleasedShare
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_shares import recover_keys
from salus.vault.letters.letters import open_letter
from salus.vault.vault import Vault
from salus_verify.log import stream_id

CUSTODIANS = ("clinic", "custodian")
KeysOf = Callable[[str], IdentityKeys]


def emergency_key(release: Path, keys_of: KeysOf) -> IdentityKeys:
    """Put the key together, as the clinician to whom the shares were released."""
    documents = release / "documents"
    card = EmergencyCard.parse((documents / "emergency-card.json").read_bytes())
    released = [
        ReleasedShare.parse((documents / f"released-share-{name}.json").read_bytes())
        for name in CUSTODIANS
    ]
    restored = restore(card.document, released, keys_of("clinician"))
    assert restored.wrong == ()
    assert restored.keys.document == card.document
    return restored.keys


def test_a_key_file_holds_all_keys_that_were_rotated_away(keys_of: KeysOf) -> None:
    documents = [each.document for each in keys_of("custodian").keys]
    assert len(documents) == 4
    assert [each.previous for each in documents[:-1]] == [each.digest for each in documents[1:]]


def test_shares_give_back_what_the_key_file_holds(release: Path, keys_of: KeysOf) -> None:
    document = (release / "documents" / "recovery.json").read_bytes()
    shares = (release / "documents" / "recovery-shares.txt").read_text().splitlines()
    assert recover_keys(document, shares[1:]) == keys_of("custodian")


def test_a_deposit_opens_with_a_key_that_was_rotated_away(release: Path, keys_of: KeysOf) -> None:
    """And its share is the one that was released to the clinician."""
    for name in CUSTODIANS:
        deposit = Deposit.parse((release / "documents" / f"deposit-{name}.json").read_bytes())
        share = (release / "documents" / f"released-share-{name}.json").read_bytes()
        released = ReleasedShare.parse(share)
        assert deposit.open(keys_of(name)) == released.open(keys_of("clinician"))
    assert deposit.recipient == keys_of("custodian").keys[-1].document.id


def test_a_release_stands_in_its_custodians_log(
    release: Path, open_vault: Callable[[str], Vault]
) -> None:
    for name in CUSTODIANS:
        vault = open_vault(name)
        entry = (release / "documents" / f"release-{name}.json").read_bytes()
        request = json.loads(entry)["request"].removeprefix("0x")
        assert vault.notebook("releases").get(request) == entry.hex()
        logs = LogStore.open(f"sqlite://{release}/{name}/logs.sqlite", chain_id=vault.chain_id)
        try:
            leaves = list(logs.leaves(vault.identity, stream_id(RELEASES_STREAM, 1)))
        finally:
            logs.close()
        assert leaves == [hashlib.sha256(b"salus/release/v1\0" + entry).digest()]


def test_what_was_sealed_for_emergencies_opens_with_the_restored_key(
    release: Path, keys_of: KeysOf
) -> None:
    key = emergency_key(release, keys_of)
    letters = [
        open_letter(each.read_bytes(), key, verify=verify)
        for each in (release / "blobs" / "emergency" / "messages").iterdir()
    ]
    assert {each.kind for each in letters} == {"parcel"}
