"""kill -9 while keys are saved: the old file or the new one, never half of one."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from salus.vault import IdentityKeys
from salus.vault.keys.encrypted_keys import FASTEST, load_keys, save_keys


def test_kill_9_while_keys_are_saved_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    save_keys(path, keys, passphrase="seven wet otters", cost=FASTEST)
    program = f"""
import pathlib
from salus.vault.keys.encrypted_keys import FASTEST, load_keys, save_keys
path = pathlib.Path({str(path)!r})
keys = load_keys(path, passphrase="seven wet otters")
print("ready", flush=True)
while True:
    keys = keys.rotate(created_at=0)
    save_keys(path, keys, passphrase="seven wet otters", cost=FASTEST)
    print(len(keys.keys), flush=True)
"""
    last = 1
    for round_ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.03 * round_)
        process.send_signal(signal.SIGKILL)
        saved = [int(line) for line in process.communicate()[0].split()]
        last = max([last, *saved])
        assert len(load_keys(path, passphrase="seven wet otters").keys) in (last, last + 1)
        last = len(load_keys(path, passphrase="seven wet otters").keys)
