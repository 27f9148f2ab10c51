"""moto's server with KMS as AWS documents it: MessageType DIGEST signs the 32 bytes themselves.

moto hashes them once more, whatever the type. Run as ``python kms_server.py -H HOST -p PORT``.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from moto.kms import responses
from moto.kms import utils as moto_keys
from moto.server import main

_DIGEST: ContextVar[bool] = ContextVar("digest", default=False)
_respond, _sign = responses.KmsResponse.sign, moto_keys.ECDSAPrivateKey.sign


def respond(response: Any) -> str:
    token = _DIGEST.set(response._get_param("MessageType") == "DIGEST")
    try:
        return str(_respond(response))
    finally:
        _DIGEST.reset(token)


def sign(key: Any, message: bytes, signing_algorithm: str) -> bytes:
    if not _DIGEST.get():
        return bytes(_sign(key, message, signing_algorithm))
    return bytes(key.private_key.sign(message, ec.ECDSA(utils.Prehashed(hashes.SHA256()))))


if __name__ == "__main__":
    responses.KmsResponse.sign = respond  # type: ignore[method-assign]
    moto_keys.ECDSAPrivateKey.sign = sign  # type: ignore[method-assign]
    main()
