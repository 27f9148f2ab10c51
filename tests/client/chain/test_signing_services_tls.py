"""TLS to a signing service: whom we trust, and what we show it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support.signing_services import Service, signing_service

from salus.chain import development_account, open_account
from salus.chain.node.development import development_key
from salus.chain.signing.errors import SignerUnreachable
from salus.chain.signing.signer_http import SignerAccess

HERE = x509.IPAddress(ip_address("127.0.0.1"))
PAYER = development_account(2)


def certificate(folder: Path, name: str) -> Path:
    """A certificate that signs itself, for this machine, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(scope="module")
def service_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("service"), "service")


@pytest.fixture
def context(service_certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(service_certificate)
    return made


@pytest.fixture
def serve(context: ssl.SSLContext) -> Iterator[Callable[[], Service]]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda: stack.enter_context(signing_service(development_key(2), tls=context))


def test_a_certificate_that_is_named_is_trusted(
    serve: Callable[[], Service], service_certificate: Path
) -> None:
    access = SignerAccess(authority=str(service_certificate))
    assert open_account(f"web3signer+{serve().url}", access=access) == PAYER


def test_another_certificate_is_not(serve: Callable[[], Service], tmp_path: Path) -> None:
    other = SignerAccess(authority=str(certificate(tmp_path, "other")))
    url = serve().url
    for access in (other, SignerAccess()):
        with pytest.raises(SignerUnreachable, match="not trusted"):
            open_account(f"web3signer+{url}", access=access)


def test_a_service_that_asks_who_we_are_is_told(
    context: ssl.SSLContext,
    serve: Callable[[], Service],
    service_certificate: Path,
    tmp_path: Path,
) -> None:
    ours = certificate(tmp_path, "hospital")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ours)
    url, trusted = serve().url, str(service_certificate)
    known = SignerAccess(authority=trusted, certificate=str(ours))
    assert open_account(f"web3signer+{url}", access=known) == PAYER
    with pytest.raises(SignerUnreachable):
        open_account(f"web3signer+{url}", access=SignerAccess(authority=trusted))


def test_a_file_that_holds_no_certificate_is_named(
    serve: Callable[[], Service], tmp_path: Path
) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    access = SignerAccess(authority=str(tmp_path / "none.pem"))
    with pytest.raises(SignerUnreachable):
        open_account(f"web3signer+{serve().url}", access=access)
