"""The ids of requests."""

from __future__ import annotations

import pytest

from bot.requests.ids import new_id, read_request_id


@pytest.mark.parametrize("written", ["R-7KQ2M", "r-7kq2m", "7KQ2M", " 7kq2m "])
def test_request_id_is_read_in_any_case_without_prefix(written: str) -> None:
    """A request's id is understood in either case, and without its beginning."""
    assert read_request_id(written) == "R-7KQ2M"


def test_a_new_id_is_read_as_it_was_made() -> None:
    """A new id is short, and is understood as it is."""
    made = new_id()
    assert len(made) == len("R-7KQ2M")
    assert read_request_id(made) == made
