"""What goes wrong between a node, the contracts on its chain, and who signs.

::

    ChainError                    exit 5
    ├── ChainUnreachable          nobody answers at the node's URL; those below: not sensibly
    │   ├── NodeBusy              it is asked too often, or cannot answer now
    │   │   └── NodeTooSlow       it, or a gateway before it, gave up on one question
    │   ├── NodeRefused           it refuses what was asked, or redirects
    │   ├── NodeUnchecked         the node that its answers are compared with does not answer
    │   └── AnswerMalformed       what it answers does not answer the question
    ├── ConnectionClosed          it was closed, or made by another process
    ├── WrongChain                the node serves another chain than expected
    ├── HistoryUnavailable        the node no longer has the events that tell
    ├── ClocksDiffer              the node's time and this machine's are too far apart to sign
    ├── NodeBehind                it shows less of one's own streams than was seen before
    ├── NoContractCode            there is no contract at an address
    ├── DeploymentMissing         no deployment is known for this chain
    ├── DeploymentOfAnotherChain  a deployment file belongs to another chain
    ├── DeploymentMismatch        what stands at an address is not what was deployed
    └── DeploymentMalformed       a deployment file cannot be read
    VerificationError             exit 6
    └── NodesDiffer               two nodes say different things of one chain
    CredentialError               exit 4
    ├── KeystoreUnreadable        a keystore file is missing or malformed
    ├── KeystorePassphraseWrong   the passphrase does not open the keystore
    ├── PrivateKeyMalformed       not a private key
    ├── SignatureMismatch         a signature is not the signer's over these values
    ├── SignerNotInControl        the signer does not control the identity
    └── AssertionMalformed        an authenticator's answer cannot be used
    InputError                    exit 2
    ├── ArgumentsInvalid          arguments that a contract's function does not take
    └── NodeUnavailable           no local node can be started here

Example:
    >>> ChainUnreachable(url="http://127.0.0.1:1", reason="connection refused").exit_code
    5
"""

from __future__ import annotations

from salus.errors import ChainError, CredentialError, InputError, VerificationError
from salus.primitives.times import utc


class ChainUnreachable(ChainError):
    """Nobody answers at the node's URL, or not sensibly. ``url`` never holds credentials."""

    def __init__(self, *, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(self._line())

    def _line(self) -> str:
        return f"no node at {self.url} ({self.reason}): start it, or set SALUS_RPC_URL"


class NodeBusy(ChainUnreachable):
    """The node is asked too often, or cannot answer now; ``seconds`` is how long it wants rest."""

    def __init__(self, *, url: str, reason: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__(url=url, reason=reason)

    def _line(self) -> str:
        when = "later" if self.seconds is None else f"in {self.seconds:.0f} s"
        return f"the node at {self.url} is busy ({self.reason}): try again {when}, or use another"


class NodeTooSlow(NodeBusy):
    """The node or a gateway gave up on one question: a smaller one may be answered."""


class NodeRefused(ChainUnreachable):
    """The node refuses what was asked, or redirects; ``reason`` is what it says."""

    def _line(self) -> str:
        return (
            f"the node at {self.url} refuses ({self.reason}): check its URL and what it allows, or"
            " use another"
        )


class NodeUnchecked(ChainUnreachable):
    """The node that answers are compared with does not answer."""

    def _line(self) -> str:
        return (
            f"the node at {self.url}, which answers are compared with, does not answer"
            f" ({self.reason}): start it, name another with SALUS_CHECKED_BY, or go on without its"
            " word with SALUS_UNCHECKED=warn"
        )


class NodesDiffer(VerificationError):
    """Two nodes say different things of one chain; ``what`` is that."""

    def __init__(self, *, url: str, other: str, what: str) -> None:
        self.url, self.other, self.what = url, other, what
        super().__init__(
            f"the nodes at {url} and {other} differ in {what}: one of them is wrong, or of another"
            " chain. Nothing that they say is taken; ask a third, and use the two that agree"
        )


class AnswerMalformed(ChainUnreachable):
    """What the node answers is not an answer to what was asked; ``words`` is what it says."""

    def __init__(self, *, reason: str, url: str = "", words: str = "") -> None:
        self.words = words
        super().__init__(url=url, reason=reason)

    def _line(self) -> str:
        where = f" at {self.url}" if self.url else ""
        said = f": {self.words}" if self.words else ""
        return f"the node{where} gave an odd answer ({self.reason}{said}): use another node"


class ConnectionClosed(ChainError):
    """The connection was closed, or was made by another process: nothing was asked."""

    def __init__(self, *, url: str, reason: str = "was closed") -> None:
        self.url, self.reason = url, reason
        super().__init__(f"the connection to {url} {reason}: connect again, and ask there")


class WrongChain(ChainError):
    """The node serves another chain than was expected."""

    def __init__(self, *, expected: int, actual: int, url: str) -> None:
        self.expected, self.actual, self.url = expected, actual, url
        super().__init__(
            f"the node at {url} serves chain {actual}, but chain {expected} was expected: connect"
            " to the other node, or expect this chain"
        )


class ClocksDiffer(ChainError):
    """The node's time and this machine's are too far apart: a deadline would be wrong by as much.

    ``block`` is the time of the latest block, ``here`` this machine's, both in Unix seconds.
    """

    def __init__(self, *, block: int, here: int, url: str) -> None:
        self.block, self.here, self.url = block, here, url
        super().__init__(
            f"the latest block of the node at {url} is of {utc(block)}, and this machine says"
            f" {utc(here)}: nothing was signed or compared; set this machine's clock if it is"
            " wrong, else use another node, or on a chain that makes no blocks of its own let any"
            " transaction be mined first"
        )


class NodeBehind(ChainError):
    """The node shows less of one's own stream than was seen on chain: nothing rests on that.

    ``seen`` and ``shown`` count leaves; ``block`` is where they were seen, 0 where it is not known.
    Without a stream they are the numbers of blocks.
    """

    def __init__(
        self, *, url: str, seen: int, shown: int, issuer: str = "", stream: str = "", block: int = 0
    ) -> None:
        self.url, self.issuer, self.stream = url, issuer, stream
        self.seen, self.block, self.shown = seen, block, shown
        super().__init__(
            f"the node at {url} is behind: it shows {self._less()}. Nothing was moved, marked,"
            " removed or anchored: wait until it caught up, or ask another node, and try again."
            " Only where the chain itself took blocks back, `anchors.rebuild(undone=True)` forgets"
            " what was seen"
        )

    def _less(self) -> str:
        if not self.stream:
            return f"block {self.shown} as its latest, and block {self.seen} was seen"
        where = f" in block {self.block}" if self.block else ""
        return (
            f"other leaves of stream {self.stream!r} of {self.issuer} ({self.shown}) than the"
            f" {self.seen} that were seen on chain{where}"
        )


class HistoryUnavailable(ChainError):
    """The node no longer has, or never had, the events that tell what was set at an identity."""

    def __init__(self, *, identity: str, block: int, reason: str) -> None:
        self.identity, self.block, self.reason = identity, block, reason
        where = f" in block {block}" if block else ""
        super().__init__(
            f"the node does not tell what changed at {identity}{where} ({reason}), so"
            " what was set there before cannot be listed: ask a node that prunes no events."
            " Delegates and attributes that you know of can be revoked by name meanwhile, and"
            " revoking all consents needs no list"
        )


class NoContractCode(ChainError):
    """There is no contract at an address where one was expected."""

    def __init__(self, *, name: str, address: str, chain_id: int) -> None:
        self.name, self.address, self.chain_id = name, address, chain_id
        super().__init__(
            f"{name} is not at {address} on chain {chain_id}: run `salus.chain.deploy()`, or name"
            " the deployment file of this chain"
        )


class DeploymentMissing(ChainError):
    """No deployment, or not all of it, is known for this chain."""

    def __init__(self, *, chain_id: int, where: str, lacks: tuple[str, ...] = ()) -> None:
        self.chain_id, self.where, self.lacks = chain_id, where, lacks
        what = f"{', '.join(lacks)} missing from {where}" if lacks else f"{where} does not exist"
        super().__init__(
            f"chain {chain_id} has no complete deployment ({what}): name the file of its deployment"
            " in SALUS_DEPLOYMENT; where there is none, `salus.chain.deploy()` writes it"
        )


class DeploymentOfAnotherChain(ChainError):
    """A deployment file belongs to another chain."""

    def __init__(self, *, where: str, expected: int, actual: int) -> None:
        self.where, self.expected, self.actual = where, expected, actual
        super().__init__(
            f"{where} is a deployment on chain {actual}, not on chain {expected}: name the file of"
            " this chain, nothing was changed"
        )


class DeploymentMismatch(ChainError):
    """What stands at an address is not what the deployment file, or this version, says."""

    def __init__(self, *, name: str, address: str, what: str, advice: str | None = None) -> None:
        self.name, self.address, self.what = name, address, what
        advice = advice or (
            "do not use it; name the file of this chain, or deploy anew into another file"
        )
        super().__init__(f"{name} at {address} is not what it should be ({what}): {advice}")


class DeploymentMalformed(ChainError):
    """A deployment file cannot be read."""

    def __init__(self, *, where: str, reason: str) -> None:
        self.where, self.reason = where, reason
        super().__init__(f"{where} is not a deployment file ({reason}): deploy into another file")


class KeystoreUnreadable(CredentialError):
    """A keystore file is missing or malformed."""

    def __init__(self, *, where: str, reason: str) -> None:
        self.where, self.reason = where, reason
        super().__init__(f"{where} cannot be read as a keystore ({reason}): name a version 3 file")


class KeystorePassphraseWrong(CredentialError):
    """The passphrase does not open the keystore."""

    def __init__(self, *, where: str) -> None:
        self.where = where
        super().__init__(f"the passphrase does not open {where}: type it again")


class PrivateKeyMalformed(CredentialError):
    """What was given is not a private key. The message never shows it."""

    def __init__(self) -> None:
        super().__init__("the private key is not 32 bytes of the secp256k1 curve: check its source")


class SignatureMismatch(CredentialError):
    """A signature is not the signer's over these values, or is not in the only accepted form."""

    def __init__(self, *, signer: str, reason: str) -> None:
        self.signer, self.reason = signer, reason
        super().__init__(
            f"the signature does not stand for {signer} ({reason}): ask for one over these very"
            " values, this chain and this contract"
        )


class SignerNotInControl(CredentialError):
    """The signer does not control the identity that it acts for, now."""

    def __init__(
        self, *, identity: str, signer: str, owner: str, is_contract: bool = False
    ) -> None:
        self.identity, self.signer, self.owner = identity, signer, owner
        self.is_contract = is_contract
        nobody = int(owner, 16) == 0
        super().__init__(
            f"{signer} does not control {identity}: "
            + (
                "it is deactivated, and nobody acts for it again"
                if nobody
                else f"{owner} does, and signs for it; to act for another identity, name that one"
                " (identity=, SALUS_IDENTITY)"
            )
            + self._together()
        )

    def _together(self) -> str:
        """What to do where several people control the identity by a contract."""
        if not self.is_contract:
            return ""
        return (
            f". {self.owner} is a contract: where it is a Safe, its owners do it together, by"
            " `me.safes.open()`"
        )


class AssertionMalformed(CredentialError):
    """An authenticator's answer cannot be used as a signature (WebAuthn level 2, section 6.3.3)."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the authenticator's assertion cannot be used ({reason}): ask it again")


class ArgumentsInvalid(InputError):
    """Arguments that the contract's function does not take, or a function it does not have."""

    def __init__(self, *, function: str, reason: str) -> None:
        self.function, self.reason = function, reason
        super().__init__(f"{function} cannot be called like this: {reason}")


class NodeUnavailable(InputError):
    """No local node of this kind can be started here."""

    def __init__(self, *, kind: str, reason: str) -> None:
        self.kind, self.reason = kind, reason
        super().__init__(f"cannot start a local {kind} node: {reason}")
