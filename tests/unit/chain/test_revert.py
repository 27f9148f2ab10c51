"""One revert, three nodes, one exception."""

import pytest
from eth_utils.crypto import keccak

from salus.chain.abi.codec import Parameter, encode
from salus.chain.abi.revert import decode_revert
from salus.chain.errors import NodeBusy, NodeRefused
from salus.chain.node.answers import RpcFailure, reply
from salus.chain.node.tester import raw_revert
from salus.chain.sending.errors import InsufficientFunds, NonceConflict, TransactionRefused
from salus.chain.sending.refusals import is_known, named_failure, named_refusal
from salus.contracts.consents.errors import ConsentEpochMoved
from salus.contracts.reverts import (
    Panicked,
    RevertedUnknown,
    RevertedWithoutReason,
    RevertedWithReason,
)

PATIENT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
MOVED = (
    keccak(b"ConsentEpochMoved(address,bytes32)")[:4]
    + bytes.fromhex(PATIENT[2:]).rjust(32, b"\0")
    + b"\5" * 32
)
TEXT = bytes.fromhex("08c379a0") + encode((Parameter("", "", "string"),), ("no",))
PANIC = bytes.fromhex("4e487b71") + (0x32).to_bytes(32, "big")


def read(answer):
    return reply(answer, number=0, url="")


def anvil(data):
    return read({"error": {"code": 3, "message": "execution reverted", "data": "0x" + data.hex()}})


def hardhat(data):
    message = "Error: VM Exception while processing transaction: reverted with custom error"
    inner = {"message": message, "txHash": "0x" + "77" * 32, "data": "0x" + data.hex()}
    return read({"error": {"code": -32603, "message": message, "data": inner}})


def in_process_call(data):
    return RpcFailure("execution reverted", data=raw_revert(Exception(str(data))))


def in_process_estimate(data):
    """eth-tester wraps the EVM's exception, and web3 wraps that again."""
    try:
        try:
            raise ValueError(Exception(data))
        except ValueError:
            raise RuntimeError("execution reverted: ...") from None
    except RuntimeError as error:
        return RpcFailure("execution reverted", data=raw_revert(error))


SHAPES = [anvil, hardhat, in_process_call, in_process_estimate]


def name(failure):
    return named_failure(failure, target="0xT", sender="0xS", url="http://node")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_custom_error_is_the_same_from_every_node(shape):
    error = name(shape(MOVED))
    assert isinstance(error, ConsentEpochMoved)
    assert (error.patient, error.epoch) == (PATIENT, b"\5" * 32)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_string_and_a_panic_are_named(shape):
    assert name(shape(TEXT)).reason == "no"
    error = name(shape(PANIC))
    assert isinstance(error, Panicked)
    assert "index out of range" in str(error)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_revert_that_says_nothing_is_named(shape):
    error = name(shape(b""))
    assert isinstance(error, RevertedWithoutReason)
    assert error.target == "0xT"


def test_a_string_that_the_in_process_chain_decoded_is_named():
    error = name(RpcFailure("execution reverted: not today"))
    assert isinstance(error, RevertedWithReason)
    assert error.reason == "not today"


@pytest.mark.parametrize("data", [b"\1\2\3\4", b"\1", MOVED[:-1], TEXT[:40], PANIC[:5]])
def test_data_that_nobody_knows_is_kept(data):
    error = decode_revert(data, target="0xT")
    assert isinstance(error, RevertedUnknown)
    assert error.data == data
    assert data.hex() in str(error)


@pytest.mark.parametrize(
    "message",
    [
        "Insufficient funds for gas * price + value",
        "Sender doesn't have enough funds to send tx. The max upfront cost is: 5",
        "Sender b'..' cannot afford txn gas 76603286600000 with account balance 0",
        "insufficient balance for transfer",
    ],
)
def test_an_empty_purse_is_named_in_every_nodes_words(message):
    assert isinstance(name(RpcFailure(message)), InsufficientFunds)


@pytest.mark.parametrize(
    "message",
    [
        "nonce too low",
        "Nonce too low. Expected nonce to be 2 but got 1.",
        "Invalid transaction nonce: Expected 2, but got 1",
        "replacement transaction underpriced",
    ],
)
def test_a_taken_nonce_is_named_in_every_nodes_words(message):
    error = named_refusal(RpcFailure(message), target="", sender="0xS", nonce=1)
    assert isinstance(error, NonceConflict)
    assert error.nonce == 1


def test_a_nonce_that_is_not_known_is_not_named():
    error = named_refusal(RpcFailure("nonce too low"), target="", sender="0xS")
    assert isinstance(error, TransactionRefused)
    assert "nonce too low" in str(error)


def test_anything_else_about_a_transaction_brings_the_nodes_words():
    error = named_refusal(RpcFailure("transaction type not supported"), target="", sender="0xS")
    assert isinstance(error, TransactionRefused)
    assert "transaction type" in str(error)


@pytest.mark.parametrize("words", ["header not found", "missing trie node 12ab", "internal error"])
def test_anything_else_about_a_question_is_the_nodes_trouble(words):
    error = name(RpcFailure(words))
    assert isinstance(error, NodeRefused)
    assert (error.exit_code, error.reason) == (5, words)
    assert isinstance(name(RpcFailure(words, limited=True)), NodeBusy)


@pytest.mark.parametrize(
    "message",
    [
        "already known",
        "AlreadyKnown",
        "transaction already imported",
        "tx already in mempool",
        "transaction already in the pool",
    ],
)
def test_a_transaction_that_the_node_has_is_no_failure(message):
    assert is_known(RpcFailure(message))
    assert is_known(RpcFailure("reverted", mined="0x1"))
    assert not is_known(RpcFailure("nonce too low"))


@pytest.mark.parametrize("message", ["unknown transaction type", "unknown transaction"])
def test_an_unknown_transaction_is_not_a_known_one(message):
    assert not is_known(RpcFailure(message))
