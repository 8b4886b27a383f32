"""What a heartbeat says about the accounts of a process."""

from __future__ import annotations

import pytest

from bot.served_accounts import ServedAccounts


@pytest.mark.parametrize(
    ("served", "written"),
    [
        (ServedAccounts(), ""),
        (ServedAccounts(("Acme",)), "Acme"),
        (ServedAccounts(("Acme", "globex-2"), 1), "Acme,globex-2,?"),
        (ServedAccounts((), 2), "?,?"),
    ],
)
def test_a_heartbeat_names_one_account_as_it_always_did(served: ServedAccounts, written: str) -> None:
    """One account is written as its name alone, as the versions before did; what is written is read again."""
    assert str(served) == written
    assert ServedAccounts.parse(written) == served


@pytest.mark.parametrize(
    ("one", "other", "shares"),
    [
        ("acme", "ACME", True),
        ("acme", "globex", False),
        ("acme", "acme,globex", True),
        ("acme,initech", "Globex,Acme", True),
        ("acme,initech", "globex,hooli", False),
        ("acme", "", True),
        ("acme", "globex,?", True),
    ],
)
def test_processes_share_a_database_with_an_account_in_common(one: str, other: str, *, shares: bool) -> None:
    """Two processes share a database if they have an account in common, or may have one as far as is known."""
    assert ServedAccounts.parse(one).may_share(ServedAccounts.parse(other)) is shares
    assert ServedAccounts.parse(other).may_share(ServedAccounts.parse(one)) is shares
