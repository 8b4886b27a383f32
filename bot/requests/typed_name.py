"""The name of a model that people type to confirm a deletion. Pure."""

from __future__ import annotations

from bot.refs import ModelRef

_AROUND = "\"'`“”„‟‘’‚‛«»‹›\u200b\ufeff"
"""Quotation marks, as keyboards make them by themselves, and what is pasted unseen."""


def is_typed(text: str, ref: ModelRef | None) -> bool:
    """Whether the text is `owner/name` of this model, without regard to case, and to space and quotes around it.

    Nothing is the name of None, where nothing is left to delete.
    """
    return ref is not None and _bare(text).casefold() == str(ref).casefold()


def _bare(text: str) -> str:
    """Return the text without space and quotes around it, in whatever order they are."""
    bare = text.strip().strip(_AROUND)
    return bare if bare == text else _bare(bare)
