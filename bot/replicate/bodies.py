"""Reads the body of an answer, with a size limit, so that no answer can exhaust the memory."""

from __future__ import annotations

import httpx

ENCODINGS = ("gzip", "deflate")
"""Compressions that are requested and accepted, but only one at a time: nested ones multiply the ratio."""

MAX_BYTES = 32 * 1024 * 1024
"""The most bytes of an answer, decompressed; a page of 25 versions with large schemas has a tenth of that."""

_MAX_BYTES_SENT = 16 * 1024 * 1024


class Unbounded(Exception):
    """An answer that is too long, or compressed in a way that was not requested."""


async def read_body(response: httpx.Response) -> bytes:
    """Return the body. Raises Unbounded before it takes more than 32 MiB of memory, or 16 MiB as sent."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", *ENCODINGS):
        raise Unbounded("It answered in an encoding that was not asked for, so the answer was not read.")
    parts: list[bytes] = []
    size = 0
    # A chunk is at most 64 KiB as sent, so it briefly takes at most some 64 MiB once decompressed.
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_BYTES or response.num_bytes_downloaded > _MAX_BYTES_SENT:
            raise Unbounded(f"Its answer was longer than {MAX_BYTES // 1024**2} MiB, so it was not read to its end.")
        parts.append(part)
    return b"".join(parts)
