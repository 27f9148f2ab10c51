"""Write what a release leaves behind: state folders, blobs and documents that later ones must read.

Run once for each release, on an anvil of its own: ``python -m tests.vectors.written.make``. Nothing
here protects anybody: the accounts are anvil's, and the passphrase stands in `release`.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from tests.vectors.written.acts import LEFT_OPEN, write_open_act
from tests.vectors.written.consents import write_consents, write_statements
from tests.vectors.written.emergencies import write_emergency
from tests.vectors.written.records import write_partial_erasure, write_records
from tests.vectors.written.release import PASSPHRASE, Release
from tests.vectors.written.supply import write_lot, write_safe_proposal

from salus.chain import connect, development_account
from salus.chain.deploying.deploy import deploy
from salus.chain.node.local import local_node

HERE = Path(__file__).parent
MADE_ANEW = {".lock", ".compared", ".place", ".reserve"}


def write(release: Release) -> None:
    """Write all of it."""
    hospital, clinic = release.participant("hospital"), release.participant("clinic")
    write_records(release, hospital, clinic)
    write_partial_erasure(release)
    write_consents(release, hospital, clinic)
    write_statements(release, hospital, clinic)
    write_emergency(release, hospital, clinic)
    write_lot(release)
    write_safe_proposal(release)
    write_open_act(release)
    release.blobs("hospital", "inbox", "emergency")


def main() -> None:
    """Write the folder of this release anew."""
    folder = HERE / version("salus")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ["SALUS_PASSPHRASE"] = PASSPHRASE
    os.environ["SALUS_DEPLOYMENT"] = str(folder / "deployment.json")
    with local_node("anvil") as node, ExitStack() as opened:
        bare = opened.enter_context(connect(node.url))
        deploy(bare, development_account(0), path=folder / "deployment.json")
        chain = opened.enter_context(connect(node.url, deployment=folder / "deployment.json"))
        write(Release(folder, node.url, chain, opened))
    for each in folder.rglob("*"):  # what is made anew, and holds nothing that is read
        closed = each.name.startswith("outbox.sqlite") and each.parent.name != LEFT_OPEN
        if each.suffix in MADE_ANEW or closed:
            each.unlink()


if __name__ == "__main__":
    main()
