"""A hospital's process: adds a record and is killed between storing it and anchoring it.

Run by test_health_flow.py, which kills it once it says that the record is stored.
"""

from __future__ import annotations

import sys
import time

import salus
from salus.anchors.store import LogStore
from salus.chain import Account
from salus.terms import ResourceFacts


def hang(*_: object, **__: object) -> int:
    """What would have been written next never is."""
    print("stored", flush=True)
    time.sleep(600)
    return 0


def main() -> None:
    """Arguments: network, keystore, storage, state, patient, and before what to hang."""
    network, key, storage, state, patient, before = sys.argv[1:]
    account = Account.from_keystore(key, "seven wet otters")
    client = salus.connect(network, account=account, storage=storage, state=state)
    if before == "log":
        LogStore.append_to = hang  # type: ignore[method-assign,assignment]
    else:
        client.chain.sender.send = hang  # type: ignore[method-assign,assignment]
    client.records.add(
        b"the lost note", patient=patient, about=ResourceFacts(resource_class="DocumentReference")
    )


if __name__ == "__main__":
    main()
