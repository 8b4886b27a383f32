"""The exceptions of the bot, as one tree.

    BotError                      its text may be shown to users
    ├── SettingsError             the environment is incomplete or malformed; lists every problem
    ├── NotUnderstood             the text typed is not a reference, a version or an option
    ├── NotAllowed                this person may not do this, or not here
    ├── NotNow                    the request's state no longer allows this
    ├── SlackUnavailable          Slack could not be asked, so nothing was decided
    ├── DatabaseUnavailable       the database could not be reached, so nothing was changed
    └── ReplicateError            Replicate's error in its own words, with the method and the path
        ├── ReplicateTokenRejected    401
        ├── ReplicateNotFound         404: gone, never there, or somebody else's private model
        ├── ReplicateRefused          any other 4xx: a rule of Replicate's forbids it
        ├── ReplicateThrottled        429 until the client's retries were used up
        │   └── ReplicateHeld         not sent, because an earlier 429 asked to wait
        └── ReplicateUnavailable      5xx, a timeout, or an unreadable answer at every attempt

The text of each is written for the user: what happened, what was not touched, what to do next. Any other
exception is a bug: the user sees a reference number, and the log has the traceback.
"""

from __future__ import annotations


class BotError(Exception):
    """A failure whose text may be shown to users."""


class SettingsError(BotError):
    """The settings do not allow a start; the text lists every problem with its variable and an example."""


class NotUnderstood(BotError):
    """The text of a command could not be read; the text quotes the part and shows a correct example."""


class NotAllowed(BotError):
    """The person may not do this, or not in this channel. Nothing was changed."""


class NotNow(BotError):
    """The request's state no longer allows this. Nothing was changed."""


class SlackUnavailable(BotError):
    """Slack did not answer a call whose result was needed first. Nothing was changed."""


class DatabaseUnavailable(BotError):
    """The database did not answer. Nothing was changed. `cause` is for operators only, never shown in Slack."""

    def __init__(self, said: str, cause: str = "") -> None:
        self.cause = cause
        super().__init__(said)


class ReplicateError(BotError):
    """Replicate refused a request, or did not give a usable answer.

    `detail` is Replicate's own explanation (its `detail` field, or a short description of a body that
    was not its usual JSON), `status` the HTTP status or None if no answer came, `method` and `path`
    the request's, the path relative to the base URL and without its query. None of them contains the token.
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
    """Any other 4xx: one of Replicate's rules forbids it, and a retry will not help."""


class ReplicateThrottled(ReplicateError):
    """429 until the retry policy gave up; the text says how often it was tried and how long it was to wait."""


class ReplicateHeld(ReplicateThrottled):
    """An earlier 429 imposed a long pause on all requests, so this one was not sent.

    The text is `detail` alone and says how long to wait; `method` and `path` are empty.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail, method="", path="")

    def __str__(self) -> str:
        return self.detail


class ReplicateUnavailable(ReplicateError):
    """5xx, a timeout, a dropped connection or an unreadable body at every attempt."""
