"""A command against a node that lies, and everything put back afterwards: chain and folders."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from salus.chain.node import transport
from salus.chain.sending import watcher
from salus.testing import LyingNode, lies

if TYPE_CHECKING:
    from tests.support.command_line import CommandLine, Place, Result

    from salus.testing.lies import Lie

FOREVER = 1_000_000
ALL = bool(os.environ.get("SALUS_ALL_LIES"))
"""Whether every command meets every lie, which takes half an hour."""
SEND, RECEIPT = "eth_sendRawTransaction", "eth_getTransactionReceipt"
ODD = (lies.a_number, lies.web_page, lies.xml_as_json, lies.nothing, lies.of_another_request)
ABSENT = (lies.lost_before, lies.bad_gateway, lies.busy, lies.busy_in_text, lies.redirected)
QUESTIONS = ("eth_chainId", "eth_call", "eth_getBlockByNumber", "eth_getCode", "eth_getLogs")
ASIDE = ("eth_blockNumber", "eth_getTransactionCount", "eth_maxPriorityFeePerGas")
"""Questions that only some verbs ask, and that a node may refuse as well."""
WRITTEN = ("--out", "--manifest", "--statement")
"""Options that name a file which is written before an act."""
TAKEN = (
    lies.lost_after,
    lies.nonce_too_low,
    lies.error_after,
    lies.error_as_text,
    lies.null,
    lies.bad_gateway,
    *ODD,
)
"""The node takes the transaction, and its answer says something else."""


@dataclass(frozen=True)
class Told:
    """A lie about a method, and how often it is told."""

    method: str
    lie: Lie
    times: int = FOREVER

    def __str__(self) -> str:
        return f"{self.lie.__name__} about {self.method}"

    def tell(self, node: LyingNode) -> None:
        node.lie(self.method, self.lie, times=self.times)


@dataclass(frozen=True)
class Gone:
    """The node answers nothing more once it told a receipt."""

    def __str__(self) -> str:
        return "gone after the receipt"

    def tell(self, node: LyingNode) -> None:
        node.go_after(RECEIPT)


ABOUT_ACTS = (
    *(Told(SEND, lie, 1) for lie in TAKEN),
    *(Told(SEND, lie) for lie in (*TAKEN, lies.lost_before, lies.refused, lies.redirected)),
    *(Told(SEND, lie, 1) for lie in (lies.interrupted_before, lies.interrupted_after)),
    *(Told(RECEIPT, lie) for lie in (*ODD, lies.null, lies.without_status, lies.lost_before)),
    *(Told(RECEIPT, lie) for lie in (lies.of_another_transaction, lies.error_as_text)),
    *(Told("eth_getTransactionByHash", lie) for lie in (lies.refused, lies.null, *ODD)),
    Told(RECEIPT, lies.interrupted_after, 1),
)
CORE = (
    Told(SEND, lies.lost_before),
    Told(SEND, lies.lost_after),
    Told(SEND, lies.error_after),
    Told(SEND, lies.interrupted_after, 1),
    Told(RECEIPT, lies.null),
    Told(RECEIPT, lies.without_status),
    Told(RECEIPT, lies.interrupted_after, 1),
)
"""What is told about every act, always; the others in turn, or all by `make lies`."""
ABOUT_QUESTIONS = (
    *(Told(method, lie) for method in QUESTIONS for lie in (*ODD, *ABSENT)),
    *(Told(method, lie) for method in QUESTIONS for lie in (lies.error_as_text, lies.too_large)),
    *(Told(method, lies.refused) for method in (*QUESTIONS, *ASIDE, "eth_estimateGas")),
    *(Told(method, lie) for method in ASIDE for lie in (lies.nothing, lies.null, lies.web_page)),
    *(Told("eth_estimateGas", lie) for lie in (*ODD, *ABSENT, lies.interrupted_before)),
    Told("eth_getLogs", lies.logs_of_another),
    Told("eth_call", lies.interrupted_before, 1),
)


@dataclass(frozen=True)
class Trial:
    """What a command did under a lie."""

    result: Result
    taken: tuple[str, ...]
    posted: bool


class Liar:
    """Tries commands behind a lying door. Nothing of a trial stays.

    Args:
        place: The chain.
        folder: Where everybody's files are.
    """

    def __init__(self, place: Place, folder: Path) -> None:
        self._place, self._folder = place, folder
        self.node = LyingNode(place.chain.rpc)
        told = (*ABOUT_ACTS, *ABOUT_QUESTIONS)
        # In steps that share no divisor with the list: neighbours are not all of one kind.
        self._next = itertools.cycle(told[(i * 37) % len(told)] for i in range(len(told)))
        self._each = len(told) if ALL else 1
        self._busy = False

    def tempt(
        self, person: CommandLine, words: tuple[object, ...], settings: dict[str, str]
    ) -> set[int]:
        """Run a command under the next lies of the list, before it is run honestly.

        Returns:
            Exit codes that blame the user, or the contract: without a lie they must be the same.
        """
        if self._busy:
            return set()
        self._busy, blamed = True, set[int]()
        try:
            for told in itertools.islice(self._next, self._each):
                with self.trial(person, words, told, settings) as trial:
                    require_decent(trial, words, told, folder=person.folder)
                    blamed |= {trial.result.code} & {2, 3, 4}
        finally:
            self._busy = False
        return blamed

    @contextmanager
    def trial(
        self,
        person: CommandLine,
        words: tuple[object, ...],
        told: Told | Gone,
        settings: dict[str, str] | None = None,
    ) -> Iterator[Trial]:
        """Run a command under one lie; look at what it left; put all back."""
        with self._restored(), pytest.MonkeyPatch.context() as patch:
            hurry(patch)
            before, asked = len(self.node.taken), len(self.node.asked)
            told.tell(self.node)
            try:
                result = person(*words, **{**(settings or {}), "SALUS_NETWORK": self.node.url})
            finally:
                self.node.be_honest()
                self.node.settle()
            taken = tuple(self.node.taken[before:])
            self._await_mined(taken)
            yield Trial(result, taken, SEND in self.node.asked[asked:])

    def _await_mined(self, taken: tuple[str, ...]) -> None:
        """The node answers before it mines, and what it mines after a revert would stay."""
        deadline = time.monotonic() + 300
        for transaction in taken:
            while self._place.chain.rpc.request(RECEIPT, transaction) is None:
                assert time.monotonic() < deadline, f"{transaction} was taken, and is not mined"
                time.sleep(0.01)

    @contextmanager
    def _restored(self) -> Iterator[None]:
        rpc = self._place.chain.rpc
        with tempfile.TemporaryDirectory() as aside:
            shutil.copytree(self._folder, Path(aside) / "all", symlinks=True)
            snapshot = rpc.request("evm_snapshot")
            try:
                yield
            finally:
                rpc.request("evm_revert", snapshot)
                shutil.rmtree(self._folder)
                shutil.copytree(Path(aside) / "all", self._folder, symlinks=True)


def require_decent(trial: Trial, words: tuple[object, ...], told: Told, *, folder: Path) -> None:
    """Whatever was told: an exit code, one line, and no file lost of an act that may stand."""
    result = trial.result
    what = f"salus {' '.join(map(str, words))}: {told}: {result}"
    assert result.code in (0, 1, 2, 3, 4, 5, 6, 130), what
    if result.code:
        document = json.loads(result.out)
        if isinstance(document, dict) and "error" in document:
            assert "\n" not in document["error"]["message"], what
    if trial.taken and result.code:
        assert result.code in (1, 5, 130), what
    for file in written(words):
        if trial.taken and is_act(words):
            assert (folder / file).stat().st_size, f"{file} is lost: {what}"


def written(words: tuple[object, ...]) -> list[str]:
    """Files that a command line names to be written."""
    pairs = itertools.pairwise(map(str, words))
    return [name for option, name in pairs if option in WRITTEN]


def is_act(words: tuple[object, ...]) -> bool:
    """Whether a command writes its files before it acts; the others write what they made."""
    return str(words[0]) in ("products", "lots", "shipments", "consents", "identities")


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Wait as briefly as a local node needs."""
    patch.setattr(transport, "FIRST_PAUSE", 0.001)
    wait = watcher.Watcher.wait

    def briefly(self: watcher.Watcher, transaction: str, **options: object) -> watcher.Mined:
        return wait(self, transaction, **{**options, "timeout": 0.1})  # type: ignore[arg-type]

    patch.setattr(watcher.Watcher, "wait", briefly)
