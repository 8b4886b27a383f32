"""How the commands are used, with examples. Pure."""

from __future__ import annotations

from bot.messages.message import Message, compose
from bot.refs import Command

_EXAMPLES = {
    Command.DELETE_VERSION: (
        ("acme/flux", "pick versions from a window"),
        ("acme/flux:5c7d5dc6", "one version, by the first characters of its id"),
        ("acme/flux 5c7d5dc6 81ab33f0", "several versions of one model"),
        ("acme/flux --keep 5", "all but the newest 5; the latest version and those in use stay anyway"),
        (
            "acme/flux --older-than 30d --unused-for 3 months",
            "versions that are both: that old, and not run for so long",
        ),
        ("acme/exp-* --keep 1", "all but the newest version of each known model that matches"),
        ("acme/flux --all", "every version, the latest one too"),
        ("acme/flux:5c7d5dc6 --reason replaced by v2", "with a reason, the rest of the line"),
        ("acme/flux:5c7d5dc6 --ref OPS-17", "with your own reference, such as the number of a ticket"),
        ("https://replicate.com/acme/flux/versions/5c7d5dc6…", "a page's address, as pasted"),
    ),
    Command.DELETE_MODEL: (
        ("acme/flux", "a model; if it still has versions, the preview offers to delete them too"),
        ("acme/flux --with-versions", "a model with all of its versions, which go first"),
        ("acme/flux acme/old-flux", "several models"),
        ("acme/exp-* --reason failed runs", "every known model that matches, with a reason"),
        ("acme/flux --ref OPS-17", "with your own reference, such as the number of a ticket"),
        ("https://replicate.com/acme/flux", "a page's address, as pasted"),
    ),
}
_INTRO = {
    Command.DELETE_VERSION: "deletes versions of your private Replicate models, with the predictions made with them",
    Command.DELETE_MODEL: "deletes private Replicate models, with their versions if you say so",
}


def usage(command: Command) -> Message:
    """Return how to use a command, with examples."""
    examples = "\n".join(f"`{command} {text}`: {what}" for text, what in _EXAMPLES[command])
    return compose(
        [
            (
                f"*{command}* {_INTRO[command]}. You see a preview first; nothing is deleted until it is "
                "confirmed and approved. Your own account's models need no owner: `flux` is enough."
            ),
            examples,
        ]
    )
