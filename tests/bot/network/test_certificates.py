"""Which certificates are accepted, in real handshakes."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.network.certificates import accepted_certificates
from tests.authorities import file_of, server_with

HOST = "replicate.test"


@contextlib.asynccontextmanager
async def showing(certificate: ssl.SSLContext) -> AsyncIterator[int]:
    """A server with this certificate that ends each connection at once, and its port."""

    async def end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(end, "127.0.0.1", 0, ssl=certificate)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def is_accepted(certificate: ssl.SSLContext, accepted: ssl.SSLContext) -> bool:
    """Whether a client makes a connection to a server with this certificate."""
    async with showing(certificate) as port:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=accepted, server_hostname=HOST)
        except ssl.SSLCertVerificationError:
            return False
        writer.close()
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            await writer.wait_closed()
        return True


async def test_an_unknown_authority_is_not_accepted(tmp_path: Path) -> None:
    """What an authority signed that neither the system nor the settings name is not accepted, nor another host's."""
    known, unknown = trustme.CA(), trustme.CA()
    accepted = accepted_certificates(file_of(known, tmp_path), None)
    assert await is_accepted(server_with(known.issue_cert(HOST)), accepted)
    assert not await is_accepted(server_with(unknown.issue_cert(HOST)), accepted)
    assert not await is_accepted(server_with(known.issue_cert("elsewhere.test")), accepted)
    assert not await is_accepted(server_with(known.issue_cert(HOST)), accepted_certificates(None, None))


async def test_an_authority_in_the_systems_store_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the system's store names is accepted without any setting: here OpenSSL is told where that store is."""
    authority = trustme.CA()
    monkeypatch.setenv("SSL_CERT_FILE", file_of(authority, tmp_path))
    system = accepted_certificates.__wrapped__(None, None)
    assert await is_accepted(server_with(authority.issue_cert(HOST)), system)


async def test_an_authority_in_a_directory_is_accepted(tmp_path: Path) -> None:
    """An authority in the directory that SSL_CERT_DIR names is accepted; its file is named by OpenSSL's hash."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is needed to make such a directory")
    authority = trustme.CA()
    file_of(authority, tmp_path)
    subprocess.run([openssl, "rehash", str(tmp_path)], check=True, capture_output=True)  # noqa: ASYNC221, S603 - our own
    accepted = accepted_certificates(None, str(tmp_path))
    assert await is_accepted(server_with(authority.issue_cert(HOST)), accepted)


async def test_an_intermediate_authority_alone_is_accepted(tmp_path: Path) -> None:
    """A company that names only the authority that signs, and not that one's own, is served as well."""
    intermediate = trustme.CA().create_child_ca()
    accepted = accepted_certificates(file_of(intermediate, tmp_path), None)
    certificate = server_with(intermediate.issue_cert(HOST))
    assert await is_accepted(certificate, accepted)


async def test_certificates_without_key_identifiers_are_accepted(tmp_path: Path) -> None:
    """A company's authority that leaves out what only strict checks ask for is accepted, on every Python."""
    authority, server = bare_authority(tmp_path)
    assert await is_accepted(server, accepted_certificates(str(authority), None))


async def test_every_connection_shares_one_context(tmp_path: Path) -> None:
    """The context is made once for the same settings, as that takes tens of milliseconds."""
    path = file_of(trustme.CA(), tmp_path)
    assert accepted_certificates(path, None) is accepted_certificates(path, None)
    assert accepted_certificates(None, None) is accepted_certificates(None, None)


def bare_authority(directory: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the file of an authority, and a server's certificate that it signed, both without key identifiers."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A company")])
    authority = _signed(
        authority_name, authority_name, authority_key, authority_key, [x509.BasicConstraints(ca=True, path_length=None)]
    )
    server_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    alternative = x509.SubjectAlternativeName([x509.DNSName(HOST)])
    server = _signed(server_name, authority_name, server_key, authority_key, [alternative])
    (directory / "bare.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (directory / "server.pem").write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + server.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    return directory / "bare.pem", context


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signing_key: ec.EllipticCurvePrivateKey,
    extensions: list[x509.ExtensionType],
) -> x509.Certificate:
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension in extensions:
        built = built.add_extension(extension, critical=False)
    return built.sign(signing_key, hashes.SHA256())
