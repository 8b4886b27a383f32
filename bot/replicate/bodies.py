"""Reads the body of an answer up to a bound, so that no answer can use up the memory."""

from __future__ import annotations

import httpx

ENCODINGS = ("gzip", "deflate")
"""Compressions that are asked for, and taken: one at a time. Several in a row multiply."""

MAX_BYTES = 32 * 1024 * 1024
"""Bytes of an answer, decompressed; a page of 25 versions with large schemas has a tenth of them."""

_MAX_BYTES_SENT = 16 * 1024 * 1024


class Unbounded(Exception):
    """An answer that is longer than any should be, or compressed in a way that was not asked for."""


async def read_body(response: httpx.Response) -> bytes:
    """Return the body. Raises Unbounded before more than 32 MiB of it, or 16 MiB as sent, are in memory."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", *ENCODINGS):
        raise Unbounded("It answered in an encoding that was not asked for, so the answer was not read.")
    parts: list[bytes] = []
    size = 0
    # A chunk is at most 64 KiB as sent, and so at most some 64 MiB for the moment in which it is looked at.
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_BYTES or response.num_bytes_downloaded > _MAX_BYTES_SENT:
            raise Unbounded(f"Its answer was longer than {MAX_BYTES // 1024**2} MiB, so it was not read to its end.")
        parts.append(part)
    return b"".join(parts)
