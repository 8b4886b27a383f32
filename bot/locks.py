"""A lock for each of many things, for as long as somebody holds it or waits for it."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """One lock for each key: what is done under it is done in turn."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """Return the key's lock; use it at once, as nothing here keeps it."""
        return self._known.setdefault(key, asyncio.Lock())
