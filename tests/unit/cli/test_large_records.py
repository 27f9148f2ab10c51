"""``salus records add`` and ``open`` in processes of their own: memory and disks have limits."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.campaigns import amount
from tests.support.command_line import PASSPHRASE

from salus.chain import Account
from salus.vault.storage.base import MARKER

pytestmark = pytest.mark.slow
PATIENT = Account.create().identity
STUDY = ("--type", "application/dicom", "--class", "ImagingStudy")
PIXELS = b"\0" * 128 + b"DICM" + bytes(range(256)) * 6000


def files_of(storage: Path) -> list[Path]:
    """What lies in a storage beside its own marker."""
    found = (each for each in storage.rglob("*") if each.is_file())
    return [each for each in found if each.name != MARKER]


CHILD = """
import resource, sys
from pathlib import Path
from salus.cli import main
code = main(sys.argv[1:])
status = Path("/proc/self/status")
if status.exists():  # what getrusage says includes the process that started this one
    peak = next(l.split()[1] for l in status.read_text().splitlines() if l.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak, file=sys.stderr)
sys.exit(code)
"""


def start(folder: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run ``salus`` in a process of its own, which tells the most memory that it held."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SALUS_")}
    settings = {
        "SALUS_STORAGE": (folder / "blobs").as_uri(),
        "SALUS_STATE": str(folder / "state"),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    return subprocess.run(
        [sys.executable, "-c", CHILD, *words, "--json"],
        cwd=folder,
        env=inherited | settings,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        **options,
    )


def peak_mib(folder: Path, *words: str) -> tuple[dict[str, Any], float]:
    """Its JSON, and the most memory that it held."""
    done = start(folder, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    scale = 1024 if sys.platform == "linux" else 1 << 20
    return json.loads(done.stdout), int(done.stderr.split()[-1]) / scale


@pytest.mark.campaign
def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    sizes = {"small": 1000, "large": amount(192, sample=96) << 20}
    peaks = {}
    for name, size in sizes.items():
        folder = tmp_path / name
        folder.mkdir()
        with (folder / "study.dcm").open("wb") as file:
            file.write(PIXELS[:132])  # bytes at random begin like JSON, now and then
            for start in range(132, size, 1 << 20):
                file.write(os.urandom(min(1 << 20, size - start)))
        added, adding = peak_mib(
            folder, "records", "add", "study.dcm", "--patient", PATIENT, *STUDY
        )
        (record,) = added["records"]  # type: ignore[misc]
        _, opening = peak_mib(folder, "records", "open", record, "--out", "out.dcm")
        assert (folder / "out.dcm").stat().st_size == size
        peaks[name] = (adding, opening)
        (folder / "out.dcm").unlink()
    grown = [large - small for small, large in zip(peaks["small"], peaks["large"], strict=True)]
    assert max(grown) < 60, peaks


def test_a_full_disk_leaves_neither_a_record_nor_a_file(tmp_path: Path) -> None:
    """No file may grow beyond a limit, as on a full disk."""
    (tmp_path / "study.dcm").write_bytes(PIXELS)
    (tmp_path / "out.dcm").write_bytes(b"before")
    words = ("records", "add", "study.dcm", "--patient", PATIENT, *STUDY)
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))}

    assert json.loads(start(tmp_path, *words, **full).stdout)["error"]["type"] == "StorageFull"
    assert files_of(tmp_path / "blobs") == []
    (record,) = json.loads(start(tmp_path, *words).stdout)["records"]

    opening = ("records", "open", record, "--out", "out.dcm", "--force")
    assert json.loads(start(tmp_path, *opening, **full).stdout)["error"]["type"] == "StorageFull"
    assert (tmp_path / "out.dcm").read_bytes() == b"before"
    assert not list(tmp_path.glob(".*"))
