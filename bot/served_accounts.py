"""The Replicate accounts that a process works for, as its heartbeat says it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "?"
"""Stands for the account of a token that Replicate has not told yet, or that it rejects. No account has this name."""


@dataclass(frozen=True, slots=True)
class ServedAccounts:
    """The accounts whose tokens a process has, in their order, and of how many more tokens it does not know whose.

    A process with one token writes the name of its account alone, as the versions before did, or nothing while it
    is not known. They take several accounts for another one, and decide nothing beside them.
    """

    names: tuple[str, ...] = ()
    unknown: int = 0

    @classmethod
    def parse(cls, written: str) -> ServedAccounts:
        """Return the accounts that a heartbeat names."""
        parts = [part for part in written.split(",") if part]
        names = tuple(part for part in parts if part != UNKNOWN)
        return cls(names, len(parts) - len(names))

    def __str__(self) -> str:
        return ",".join([*self.names, *[UNKNOWN] * self.unknown])

    @property
    def named(self) -> str:
        """The accounts that are known, in words: `account acme`, or `accounts acme, globex`."""
        return f"account{'s' if len(self.names) > 1 else ''} {', '.join(self.names)}"

    def may_share(self, other: ServedAccounts) -> bool:
        """Return whether both have an account in common, as far as is known: their processes share a database."""
        if not (self.names and other.names) or self.unknown or other.unknown:
            return True
        return not {name.lower() for name in self.names}.isdisjoint(name.lower() for name in other.names)
