"""What can go wrong, as one tree.

    BotError                      its text may be shown to a person
    ├── SettingsError             the environment is incomplete or malformed; every problem at once
    ├── NotUnderstood             what was typed is not a reference, a version or an option
    ├── NotAllowed                this person may not do this, or not here
    ├── NotNow                    the request is in a state in which this cannot be done any more
    ├── SlackUnavailable          Slack could not be asked, so nothing was decided
    ├── DatabaseUnavailable       the database could not be reached, so nothing was changed
    └── ReplicateError            Replicate's own answer, with its words, the method and the path
        ├── ReplicateTokenRejected    401
        ├── ReplicateNotFound         404: gone, never there, or somebody else's private model
        ├── ReplicateRefused          any other 4xx: a rule of Replicate's says no
        ├── ReplicateThrottled        429 until the client's patience was used up
        │   └── ReplicateHeld         not even asked, because an earlier 429 asked to wait
        └── ReplicateUnavailable      5xx, silence, or an unreadable answer at every attempt

Whoever raises one of these writes it for its reader: what happened, what was not touched, what to do
next. Every other exception is ours: the reader gets a reference number and the log the traceback.
"""

from __future__ import annotations


class BotError(Exception):
    """A failure whose text may be shown to a person."""


class SettingsError(BotError):
    """The settings do not allow a start; the text lists every problem with its variable and an example."""


class NotUnderstood(BotError):
    """The text of a command could not be read; the text quotes the part and shows a correct example."""


class NotAllowed(BotError):
    """The person, or the place, is not permitted to do this. Nothing was changed."""


class NotNow(BotError):
    """The request has moved on, so this can no longer be done. Nothing was changed."""


class SlackUnavailable(BotError):
    """Slack did not answer a question that had to be answered first. Nothing was changed."""


class DatabaseUnavailable(BotError):
    """The database did not answer. Nothing was changed. `cause` is for those who run it, and for nobody else."""

    def __init__(self, said: str, cause: str = "") -> None:
        self.cause = cause
        super().__init__(said)


class ReplicateError(BotError):
    """Replicate said no, or nothing intelligible, to one request.

    `detail` is Replicate's own explanation (its `detail` field, or a short description of a body that
    was not its usual JSON), `status` the HTTP status or None when no answer came, `method` and `path`
    the request, the path relative to the base URL and without its query. None of them ever holds the token.
    """

    def __init__(self, detail: str, *, method: str, path: str, status: int | None = None) -> None:
        self.detail = detail
        self.method = method
        self.path = path
        self.status = status
        answered = f"Replicate answered {status} to" if status is not None else "Replicate did not answer"
        super().__init__(f"{answered} {method} {path}: {detail}")


class ReplicateTokenRejected(ReplicateError):
    """401: the API token is missing, wrong or revoked."""


class ReplicateNotFound(ReplicateError):
    """404: it does not exist, or it is somebody else's private model, which Replicate reports the same way."""


class ReplicateRefused(ReplicateError):
    """Any other 4xx: one of Replicate's rules forbids it, and trying again will not help."""


class ReplicateThrottled(ReplicateError):
    """429 until the client's patience was used up; the text says how often it asked and how long it was to wait."""


class ReplicateHeld(ReplicateThrottled):
    """An earlier 429 asked everybody to wait, and not only briefly, so this request was not sent.

    The text is all `detail`, and says for how long; there is no method and no path.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail, method="", path="")

    def __str__(self) -> str:
        return self.detail


class ReplicateUnavailable(ReplicateError):
    """5xx, a timeout, a dropped connection or an unreadable body at every attempt."""
