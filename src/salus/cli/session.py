"""What every command is given: where to connect, how to print, the client once it is needed.

Example:
    >>> session = Session(network="tester", as_json=True)
    >>> session.emit({"ok": True})
    {"ok": true}
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from salus.cli import interrupts
from salus.cli.advice import in_commands
from salus.errors import CredentialError, InputError, SalusError
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from salus import Salus
    from salus.chain.chain import Chain
    from salus.config import Settings
    from salus.vault.vault import Vault

Network = Annotated[
    str | None,
    typer.Option(
        "--network", "-n", help="tester, anvil, hardhat or an RPC URL.", envvar="SALUS_NETWORK"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
Storage = Annotated[
    str | None,
    typer.Option("--storage", help="Blob storage URL, file:// say.", envvar="SALUS_STORAGE"),
]
State = Annotated[
    Path | None,
    typer.Option("--state", help="Folder for key database and logs.", envvar="SALUS_STATE"),
]
Acting = Annotated[
    str | None,
    typer.Option(
        "--identity",
        help="Whom the account acts for; defaults to its own identity.",
        envvar="SALUS_IDENTITY",
    ),
]
MaxFee = Annotated[
    str | None,
    typer.Option(
        "--max-fee",
        metavar="COIN",
        help="The most that one transaction may cost, 0.05 say.",
        envvar="SALUS_MAX_FEE",
    ),
]


LISTED = 10
"""Ids that people are shown one by one; of more, their number. Findings are all shown."""
UNFOLDED = 1000
"""Columns where nobody looks: no hash is broken in two."""


@dataclass
class Session:
    """One command's settings and outputs."""

    network: str | None = None
    as_json: bool = False
    storage: str | None = None
    state: Path | None = None
    identity: str | None = None
    max_fee: str | None = None
    sensitivity_table: Path | None = None
    opened: ExitStack = field(default_factory=ExitStack, repr=False)
    """What is closed when the command ends."""

    @cached_property
    def salus(self) -> Salus:
        """The client, connected on first use."""
        from salus.connecting.connect import connect

        client = self.opened.enter_context(
            connect(
                self.network,
                storage=self.storage,
                state=self.state,
                identity=self.identity,
                sensitivity_table=self.sensitivity_table,
            )
        )
        self.guard(client.chain)
        return client

    @cached_property
    def settings(self) -> Settings:
        """What options, environment and ``.env`` say together."""
        from salus.config import Settings

        state = None if self.state is None else str(self.state)
        return Settings.load(
            network=self.network, storage=self.storage, state=state, identity=self.identity
        )

    def guard(self, chain: Chain) -> None:
        """Hold a connection to the maximum of the command line, and ask before more is paid."""
        from salus.config import wei

        if self.max_fee is not None:
            chain.spending.most = wei(self.max_fee)
        chain.spending.ask = self._agrees

    def _agrees(self, cost: int, most: int) -> bool:
        from salus.chain.sending.errors import coin

        question = (
            f"This transaction may cost {coin(cost)} of the coin at the prices of this node;"
            f" {coin(most)} is the most. Pay all the same?"
        )
        return sys.stdin.isatty() and typer.confirm(question, err=True)

    @property
    def keeper(self) -> Salus:
        """The client of somebody who keeps records: blobs and keys have a place that lasts."""
        self._require_place()
        return self.salus

    def _require_place(self) -> None:
        if not self.settings.storage:
            raise InputError("records need a place: name it with --storage or SALUS_STORAGE")
        if not self.settings.state:
            raise InputError(
                "the keys of records would end with this command: name a folder with --state or"
                " SALUS_STATE"
            )

    @property
    def reader(self) -> Salus:
        """The client of somebody whose keys are there already: reading makes no new ones."""
        self._require_keys()
        return self.keeper

    def _require_keys(self) -> None:
        state = self.settings.state
        if self.settings.storage and state and not any(Path(state).glob("0x*.keys.json")):
            raise InputError(
                f"{state} holds no keys, so there is nothing to read here: compare --state"
                " or SALUS_STATE. `salus records announce` makes the keys of a new participant"
            )

    @cached_property
    def own_vault(self) -> Vault:
        """The vault, to read records of one's own: no node is asked."""
        from salus.connecting.open_vault import open_vault

        self._require_keys()
        self._require_place()
        vault = open_vault(
            self.network, storage=self.storage, state=self.state, identity=self.identity
        )
        self.opened.callback(vault.close)
        return vault

    @cached_property
    def words(self) -> Console:
        """Where progress and words go: stderr."""
        return _console(stderr=True, quiet=self.as_json)

    def say(self, text: str) -> None:
        """Show the user something that is not data."""
        self.words.print(printable(in_commands(text)), highlight=False)

    def look_back(
        self, look: Callable[[], dict[str, Any]], *, unknown: Iterable[str]
    ) -> dict[str, Any]:
        """Ask what became of an act that is done; where no answer comes, its members are null."""
        try:
            return look()
        except (SalusError, KeyboardInterrupt) as error:
            why = "you stopped it" if isinstance(error, KeyboardInterrupt) else error
            self.say(f"It is done; what the chain shows of it now could not be read: {why}")
            return dict.fromkeys(unknown)

    def confirm(self, question: str, *, otherwise: str = "--yes goes on without asking") -> None:
        """Ask before something permanent."""
        if not (sys.stdin.isatty() and typer.confirm(question, err=True)):
            raise InputError(f"not confirmed: nothing was done; {otherwise}")

    def ask_passphrase(
        self, question: str, *, new: bool = False, otherwise: str = "set SALUS_PASSPHRASE"
    ) -> str:
        """Ask a person for a passphrase, unseen; for a new one twice."""
        if not sys.stdin.isatty():
            what = "a new passphrase" if new else "a passphrase"
            raise CredentialError(f"nobody is there to type {what}: {otherwise}")
        if new:
            from salus.primitives.passphrases import WISHED

            question = f"{question} ({WISHED})"
        asked: str = typer.prompt(question, hide_input=True, confirmation_prompt=new, err=True)
        return asked

    def emit(self, data: Any, shown: RenderableType | None = None) -> None:
        """Print a command's result, bytes as 0x-prefixed hex."""
        if sys.stdout is None:  # closed by who started it: pythonw, some daemons, `>&-`
            return
        told = in_commands(json.dumps(data, default=_plain))
        try:
            if self.as_json:
                print(told)
            else:
                _console().print(shown if shown is not None else in_words(data))
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            from salus.vault.storage.errors import OutputLost

            raise OutputLost(reason=error.strerror or type(error).__name__, told=told) from None

    def fail(self, error: SalusError) -> NoReturn:
        """End with an error whose data was emitted: with ``--json`` that stays the one document."""
        if self.as_json:
            raise typer.Exit(error.exit_code)
        raise error


def command(group: typer.Typer, name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command that takes a :class:`Session`, made from options that all share."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        shared = [
            inspect.Parameter(
                field, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
            )
            for field, kind, default in (
                ("network", Network, None),
                ("as_json", AsJson, False),
                ("storage", Storage, None),
                ("state", State, None),
                ("acting", Acting, None),
                ("max_fee", MaxFee, None),
            )
        ]
        keyword_only = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]

        @functools.wraps(function)
        def run(**values: Any) -> None:
            session = Session(*(values.pop(p.name) for p in shared))
            with interrupts.named(), session.opened:
                function(session, **values)

        run.__signature__ = inspect.Signature(keyword_only + shared)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in keyword_only + shared}
        group.command(name)(run)
        return function

    return register


def _console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """A console that folds for people, and not for whatever reads a pipe or a file."""
    from rich.console import Console

    console = Console(stderr=stderr, quiet=quiet)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = UNFOLDED
    return console


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hex0x(value)
    return str(value)


def in_words(data: Any) -> RenderableType:
    """A table of a command's result, as people see it."""
    from rich.table import Table

    rows = data if isinstance(data, list) else [data]
    if not rows:
        return "nothing"
    if isinstance(data, dict):
        table = Table(show_header=False, box=None, pad_edge=False)
        for key, value in data.items():
            table.add_row(f"[bold]{key}[/bold]", _cell(value))
        return table
    table = Table(*rows[0].keys(), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: Any) -> str:
    """A value in words: what programs need whole, ``--json`` gives whole."""
    from rich.markup import escape

    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_cell(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        if any(isinstance(each, dict) for each in value):
            return "\n".join(map(_cell, value))
        return str(len(value)) if len(value) > LISTED else ", ".join(map(_cell, value)) or "none"
    return escape(printable(in_commands(str(_plain(value) if isinstance(value, bytes) else value))))


def printable(text: str) -> str:
    """A text without what a terminal would obey: others choose some of what people are shown."""
    shown = "\N{REPLACEMENT CHARACTER}"
    return "".join(each if each.isprintable() or each == "\n" else shown for each in text)
