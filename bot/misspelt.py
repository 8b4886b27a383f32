"""Variables whose names are almost those of settings, and which would otherwise be ignored silently. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MIN_SIMILARITY = 0.9
"""The least `difflib` ratio at which a name counts as misspelt: a difference of a letter or two."""

_USED_BY_OTHER_PROGRAMS = frozenset(
    {"HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT", "DYNO", "K_SERVICE", "RENDER"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}
)
"""Settings whose names other programs use as well, and names that resemble them, such as FTP_PROXY."""


def misspelt(given: Iterable[str], settings: Iterable[str]) -> list[str]:
    """Return a line for each given name that resembles a setting that is not given. Settings are in capitals."""
    given, known = sorted(given), frozenset(settings)
    ours = sorted(known - {name.upper() for name in given} - _USED_BY_OTHER_PROGRAMS)
    near = ((name, get_close_matches(name.upper(), ours, n=1, cutoff=_MIN_SIMILARITY)) for name in given)
    return [
        f"{name}: is no setting; {meant[0]} is, and is not set. Rename it, or remove it"
        for name, meant in near
        if meant and name.upper() not in known
    ]
