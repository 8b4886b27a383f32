"""The certificates that are accepted: those of the system's store, and those that the settings name."""

from __future__ import annotations

import functools
import ssl
import sys


@functools.cache
def accepted_certificates(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    """Return the one TLS context that every connection of the process shares; it takes tens of milliseconds to make.

    `cert_file` and `cert_dir` are accepted besides the system's. Raises OSError if they cannot be read; an
    `ssl.SSLError`, if a file holds no certificate, is one.
    """
    context = _system_store()
    if cert_file or cert_dir:
        context.load_verify_locations(cert_file, cert_dir)
    return context


def _system_store() -> ssl.SSLContext:
    """Return a context with the system's certificates, without Python 3.13's strict checks.

    `ssl.create_default_context` sets VERIFY_X509_STRICT from Python 3.13 on, which refuses the authorities of many
    companies for a missing extension (https://docs.python.org/3/library/ssl.html#ssl.create_default_context).
    VERIFY_X509_PARTIAL_CHAIN, which it sets as well, lets an intermediate authority be the one that is trusted.
    """
    if sys.platform == "darwin":
        import truststore  # noqa: PLC0415 - used only there

        # OpenSSL does not know macOS' keychain. Elsewhere truststore reads OpenSSL's own locations, but again for each
        # connection: 16 ms, and ever longer (https://github.com/sethmlarson/truststore/issues/212).
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_default_certs()
    return context
