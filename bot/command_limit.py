"""How many commands one person may have running, so that nobody blocks the others."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from bot.errors import NotNow
from bot.plurals import counted

Result = TypeVar("Result")

MAX_AT_ONCE = 3
"""Commands of one person that are answered at the same time, in one process; each may read a whole model."""


class CommandLimit:
    """The commands that are being answered, by who typed them."""

    def __init__(self, most: int = MAX_AT_ONCE) -> None:
        self._most = most
        self._counts: Counter[str] = Counter()

    @contextlib.contextmanager
    def of(self, user_id: str) -> Iterator[None]:
        """Count one more running command of this user until the block ends. Raises NotNow if that is too many."""
        if self._counts[user_id] >= self._most:
            raise NotNow(
                f"{counted(self._most, 'command')} of yours are still being answered, so this one was not begun, and "
                "Replicate was not asked. Wait for one of their answers, then run it again."
            )
        self._counts[user_id] += 1
        try:
            yield
        finally:
            self._counts[user_id] -= 1
            if not self._counts[user_id]:
                del self._counts[user_id]

    async def apply(self, user_id: str, work: Coroutine[Any, Any, Result]) -> Result:
        """Do what a command of this user asks for. Raises NotNow, without having begun, if they have too many."""
        try:
            with self.of(user_id):
                return await work
        finally:
            work.close()
