"""Known models by typed letters, near misses included, and by globs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from fnmatch import translate

_MIN_SIMILARITY = 0.6
"""The least `difflib` ratio at which a name counts as a near miss: in ten letters, two or three that differ."""

_MIN_LETTERS = 3
"""Letters from which on near misses are looked for. Fewer resemble too many names."""


def ranked(words: str, names: Iterable[str], limit: int) -> list[str]:
    """Return the names (`owner/name`) that fit what was typed, the best first, at most `limit`.

    Every one of the words has to be in a name, in any order; case is ignored, and the owner may be left out. Names
    that begin with what was typed come first, then those of which a part does, then the others. Near misses are
    returned only where nothing fits. Without any letters all names fit.
    """
    typed = words.lower().split()
    found = sorted((rank, name) for name in names if (rank := _rank(typed, name.lower())) is not None)
    return [name for _, name in found[:limit]]


def near_misses(typed: str, names: Sequence[str], limit: int = 3) -> list[str]:
    """Return the names that resemble the typed one, the most similar first; owners are not compared."""
    wanted = _without_owner("".join(typed.lower().split()))
    if len(wanted) < _MIN_LETTERS:
        return []
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    similar = []
    for name in names:
        matcher.set_seq1(_without_owner(name.lower()))
        # Each is an upper bound of the next, which takes longer.
        bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
        if all(bound() >= _MIN_SIMILARITY for bound in bounds):
            similar.append((-matcher.ratio(), name))
    return [name for _, name in sorted(similar)[:limit]]


def fitting(globs: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the names that one of these globs over `owner/name` fits, in alphabetical order; case is ignored."""
    patterns = [re.compile(translate(glob.lower())) for glob in globs]
    return sorted(name for name in names if any(pattern.match(name.lower()) for pattern in patterns))


def _rank(typed: Sequence[str], name: str) -> int | None:
    """Return how well a name fits the words, 0 the best; None if it does not."""
    if not all(word in name for word in typed):
        return None
    own = _without_owner(name)
    if all(name.startswith(word) or own.startswith(word) for word in typed):
        return 0
    parts = re.split(r"[/._-]", name)
    return 1 if all(any(part.startswith(word) for part in parts) for word in typed) else 2


def _without_owner(name: str) -> str:
    return name.partition("/")[2] or name
