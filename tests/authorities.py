"""Certificates of an authority of the tests' own, for servers that speak TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

from bot.network.certificates import accepted_certificates


def server_with(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return what a server needs to show this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def file_of(authority: trustme.CA, directory: Path) -> str:
    """Write the authority's own certificate to a file and return its path."""
    path = directory / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def accepting(authority: trustme.CA, directory: Path) -> ssl.SSLContext:
    """Return a client's context that accepts what the authority signs."""
    return accepted_certificates(file_of(authority, directory), None)
