"""Asks for the bot's health, as a platform does."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp


async def get(address: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON of an address."""
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return response.status, await response.json()


async def becomes(address: str, status: int) -> dict[str, Any]:
    """Ask until the answer has this status."""
    async with asyncio.timeout(20):
        while (answer := await get(address))[0] != status:  # noqa: ASYNC110 - health tells nobody of a change
            await asyncio.sleep(0.05)
    return answer[1]
