"""Payloads of any shape, under the keys that the code reads."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

# Half a surrogate pair, too: JSON can hold one.
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=5)


def odd_bodies(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return bodies with values of any kind, some levels deep, under these keys."""
    key = st.sampled_from(keys)
    anything = st.recursive(
        _LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(key, inner, max_size=4)
    )
    return st.dictionaries(key, anything, max_size=6)
