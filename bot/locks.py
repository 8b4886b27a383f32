"""Locks by key, which exist only while they are in use."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """One `asyncio.Lock` for each key; a lock is dropped when no task holds it or waits for it."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """Return the key's lock. Only a weak reference is kept here, so keep the result until it is released."""
        return self._known.setdefault(key, asyncio.Lock())
