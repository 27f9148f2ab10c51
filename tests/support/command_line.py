"""The command line in process: what a user types, what comes back, and what must never come back.

Every output is searched for keys, passphrases, salts and the sample patient's data: for those known
beforehand and for those in every file that the commands wrote.
"""

from __future__ import annotations

import functools
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from salus import Salus
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.cli import main
from salus.cli.app import program
from salus.demo.samples import bundle_bytes
from salus.gs1.identification_keys import check_digit
from salus.primitives.roles import Role
from salus_verify import json_reader

if TYPE_CHECKING:
    import click
    from tests.support.liars import Liar

PASSPHRASE = "three cormorants on a wet jetty"
# the short ones as words alone: base64 holds any five letters by chance
HEALTH_DATA = re.compile(
    r"solberg|\b(maren|hba1c)\b|1979-04-23|fjordvik|diabetes|depression|metformin|aspirin",
    re.IGNORECASE,
)
SECRET_MEMBERS = {"salt", "secret", "text"}
SNAPSHOT = Path(__file__).resolve().parents[1] / "snapshots" / "cli.json"


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON document on stdout."""
        assert self.code == 0, self.out + self.err
        return json.loads(self.out)

    @property
    def error(self) -> tuple[int, str, str]:
        """Exit code, class and message of the error that ``--json`` prints."""
        error = json.loads(self.out)["error"]
        assert error["exitCode"] == self.code
        return self.code, error["type"], error["message"]


@dataclass
class Place:
    """A chain with every contract deployed, for commands of the whole session."""

    url: str
    deployment: Path
    chain: Chain


@dataclass
class CommandLine:
    """One person's shell: a folder, an environment, an account."""

    place: Place
    folder: Path
    capsys: pytest.CaptureFixture[str]
    account: Account
    key: str
    settings: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    outputs: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    liar: ClassVar[Liar | None] = None
    """Who tries every command first, behind a node that lies; nothing of it stays."""

    @property
    def me(self) -> str:
        return self.account.identity

    def __call__(self, *words: object, json: bool = True, **settings: str) -> Result:
        """Run ``salus`` with these words, and these settings beside one's own."""
        blamed = self.liar.tempt(self, words, settings) if self.liar and json else set()
        given = {
            "SALUS_NETWORK": self.place.url,
            "SALUS_DEPLOYMENT": str(self.place.deployment),
            "SALUS_PRIVATE_KEY": self.key,
            **self.settings,
            **settings,
        }
        arguments = [str(each) for each in words] + (["--json"] if json else [])
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            # readline, which a debugger brings along, gives child processes COLUMNS
            for name in [each for each in os.environ if each.startswith(("SALUS_", "COLUMNS"))]:
                patch.delenv(name)
            for name, value in given.items():
                patch.setenv(name, value)
            self.capsys.readouterr()
            code = main(arguments)
        captured = self.capsys.readouterr()
        self.outputs.append(captured.out + captured.err)
        assert "Traceback" not in captured.err
        assert blamed <= {code}, f"a lie of the node was called a fault of others: {blamed}"
        verb = verb_of(arguments)
        if code == 0 and json:
            check_shape(verb, captured.out)
            self.done.add(verb)
        return Result(code, captured.out, captured.err)

    def write(self, name: str, content: str | bytes) -> Path:
        """Put a file into the folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def check_outputs(self) -> None:
        """Fail when any output so far held a secret, or health data."""
        everything = "\n".join(self.outputs)
        assert not HEALTH_DATA.search(everything)
        for secret in {PASSPHRASE, self.key.removeprefix("0x"), *self.hidden, *self._written()}:
            assert secret.lower() not in everything.lower(), "a secret was printed"

    def _written(self) -> Iterator[str]:
        for file in self.folder.rglob("*.json"):
            try:
                yield from secrets_in(json_reader.load(file.read_bytes()))
            except ValueError:
                continue  # written malformed on purpose


@functools.cache
def tree() -> dict[str, click.Command]:
    """Every command by its words, as the program itself knows them."""
    found: dict[str, click.Command] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        if not hasattr(command, "commands"):
            found[" ".join(words)] = command
            return
        for name, each in command.commands.items():
            walk(each, (*words, name))

    walk(program(), ())
    return found


def verb_of(arguments: list[str]) -> str:
    """The words at the start of a command line that name a command."""
    verbs = tree()
    for count in (3, 2, 1):
        if " ".join(arguments[:count]) in verbs:
            return " ".join(arguments[:count])
    return ""


def check_shape(verb: str, out: str) -> None:
    """Compare the members of a verb's JSON with the snapshot: programs depend on them."""
    found = members(json.loads(out))
    known = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    if os.environ.get("UPDATE_SNAPSHOTS"):
        known[verb] = sorted(found | set(known.get(verb, ())))
        SNAPSHOT.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
    expected = set(known.get(verb, ()))
    assert found <= expected, f"salus {verb}: new members; UPDATE_SNAPSHOTS=1 accepts them"
    if isinstance(json.loads(out), dict):
        missing = {each for each in expected if "." not in each} - found
        assert not missing, f"salus {verb}: members are gone"


def members(value: Any, path: str = "") -> set[str]:
    """Names of an object's members, and of the objects in its lists: `contracts.address`."""
    if isinstance(value, list):
        return {each for item in value for each in members(item, path)}
    if not isinstance(value, dict) or path.endswith(("attributes.", "addresses.")):
        return set()
    return {
        each for name in value for each in {path + name} | members(value[name], path + name + ".")
    }


def secrets_in(value: Any) -> Iterator[str]:
    """Every long text under a name that stands for a secret, however deep."""
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    if isinstance(value, list):
        for each in value:
            yield from secrets_in(each)
    if isinstance(value, dict):
        for name, each in value.items():
            if name in SECRET_MEMBERS and isinstance(each, str) and len(each) > 8:
                yield each.removeprefix("0x")
            yield from secrets_in(each)


def open_place(folder: Path) -> Iterator[Place]:
    """Start a node and deploy there."""
    try:
        with local_node("anvil") as node:
            chain = connect(node.url)
            deployment = folder / "deployment.json"
            deploy(chain, development_account(0), path=deployment)
            governor = Salus(chain, account=development_account(0))
            for role in Role:
                governor.accreditations.name_accreditor(role, governor.account.identity)
            yield Place(node.url, deployment, chain)
            chain.close()
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


def funded(place: Place) -> tuple[Account, str]:
    """Make an account with coin, and its key."""
    account = Account.create()
    place.chain.rpc.request("anvil_setBalance", account.address, hex(10**18))
    return account, key_of(account)


def key_of(account: Account) -> str:
    """An account's private key, as the environment holds it."""
    return "0x" + bytes(account._key.secret()).hex()


def new_gtin() -> str:
    """A random GTIN under 952, the prefix that GS1 keeps for examples."""
    payload = f"0952{secrets.randbelow(10**9):09d}"
    return f"{payload}{check_digit(payload)}"


def sample_bundle(copies: int = 1) -> bytes:
    """Our bundle, or a larger one: other resources of the same kinds about the same patient."""
    if copies == 1:
        return bundle_bytes()
    bundle = json.loads(bundle_bytes())
    patient, *others = bundle["entry"]
    entries = [patient]
    for copy in range(copies):
        text = json.dumps(others)
        for each in others:
            name = each["resource"]["id"]
            text = text.replace(f'{name}"', f'{name}-{copy}"')
        entries += json.loads(text)
    return json.dumps(bundle | {"entry": entries}).encode()


def verbs_of(group: str) -> set[str]:
    """The verbs of a group, and of the groups in it."""
    return {each for each in tree() if each.startswith(group + " ")}
