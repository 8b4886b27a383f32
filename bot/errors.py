"""The exceptions of the bot, as one tree.

    BotError                      its text may be shown to users
    ├── SettingsError             the environment is incomplete or malformed; lists every problem
    │   ├── DatabaseUnusable          DATABASE_URL names a database that the bot cannot work with
    │   └── PolicyFileUnusable        the policy file is not there or malformed; lists every problem
    ├── NotUnderstood             the text typed is not a reference, a version or an option
    ├── NotAllowed                this person may not do this, or not here
    ├── NotNow                    the request's state no longer allows this
    │   └── NotInDatabase         this database does not have it; another copy of the bot may
    ├── BackupFailed              no backup was made, and no file is there
    ├── SlackUnavailable          Slack could not be asked, so nothing was decided
    ├── DatabaseUnavailable       the database could not be reached, so nothing was changed
    ├── WrittenByNewer            the database has a word that only a newer version of the bot knows
    └── ReplicateError            Replicate's error in its own words, with the method and the path
        ├── ReplicateTokenRejected    401
        ├── ReplicateNotFound         404: gone, never there, or somebody else's private model
        ├── ReplicateRefused          any other 4xx: a rule of Replicate's forbids it
        ├── ReplicateThrottled        429 until the client's retries were used up
        │   └── ReplicateHeld         not sent, as its turn within Replicate's limit is too far away
        ├── ReplicateUnreadable       its JSON has another shape than the bot knows, or its list no end
        └── ReplicateUnavailable      5xx, a timeout, or a body that is not JSON, at every attempt
            └── ReplicateUnreachable      a certificate or a proxy does not let a connection be made

The text of each is written for the user: what happened, what was not touched, what to do next. Any other
exception is a bug: the user sees a reference number, and the log has the traceback.
"""

from __future__ import annotations

from collections.abc import Sequence

_SERVER_ERROR = 500
"""The first status of those with which a server says that the failure is its own (RFC 9110, 15.6)."""


class BotError(Exception):
    """A failure whose text may be shown to users."""

    @property
    def told(self) -> str:
        """What users are told: the text, or a plainer one where it has what only operators need."""
        return str(self)


class SettingsError(BotError):
    """The settings do not allow a start; the text lists every problem with its variable and an example."""


class DatabaseUnusable(SettingsError):
    """The database cannot be used as it is. Nothing was changed. `reason` is one sentence: what to mend, and how."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The database that DATABASE_URL names cannot be used: {reason}")


class PolicyFileUnusable(SettingsError):
    """The policy file cannot be used. `problems` has a line for each reason, with the key and an example."""

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        listed = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"The policy file {path} cannot be used; docs/policy.md explains each key:\n{listed}")


class NotUnderstood(BotError):
    """The text of a command could not be read; the text quotes the part and shows a correct example."""


class NotAllowed(BotError):
    """The person may not do this, or not in this channel. Nothing was changed.

    `is_recorded`: the audit trail has it, as a click that was refused, and so has the log.
    """

    is_recorded = False


class NotNow(BotError):
    """The request's state no longer allows this. Nothing was changed."""


class NotInDatabase(NotNow):
    """The database does not have what a button or a window is about, although the bot deletes nothing of the kind.

    Slack gives each click to any one of the app's connections
    (https://docs.slack.dev/apis/events-api/using-socket-mode), so it may be another copy's. Nothing of that copy's is
    to be changed because of it: not the message, not the window, not the Home tab. The text begins with `what` it is.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is not in the bot's database, so nothing was changed. It belongs to another copy of the bot, "
            "which uses another database, or the database was replaced. Click again in a moment, as the other copy may "
            "get that click. If you are told this again, run the command again, or ask whoever runs the bot."
        )


class BackupFailed(BotError):
    """No backup was made, for the reason in the text. Neither the database nor a file that was there was changed."""


class SlackUnavailable(BotError):
    """Slack did not answer a call whose result was needed first. Nothing was changed.

    `path` is that of the call and `cause` what happened, both for operators only; empty where they are not known.
    """

    path: str = ""
    cause: str = ""


class DatabaseUnavailable(BotError):
    """The database did not answer. Nothing was changed. `cause` is for operators only, never shown in Slack."""

    def __init__(self, said: str, cause: str = "") -> None:
        self.cause = cause
        super().__init__(said)


class WrittenByNewer(BotError, ValueError):
    """The database has a word that this version does not know, as while a newer one runs beside it or after a rollback.

    What depends on the word is refused. The text names what has it.
    """


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

    @property
    def told(self) -> str:
        """What people are told: the same without the path, which has ids of 64 digits in it."""
        if self.status is None:
            return f"Replicate did not answer: {self.detail}"
        if self.status >= _SERVER_ERROR:
            return f"Replicate had a server error ({self.status}): {self.detail}"
        return f"Replicate answered {self.status}: {self.detail}"


class ReplicateTokenRejected(ReplicateError):
    """401: the API token is missing, wrong or revoked.

    `whose`: the account, where the bot works for several. `is_outdated`: another token is in use by now, so the same
    request may be sent again.
    """

    whose: str = ""
    is_outdated: bool = False


class ReplicateNotFound(ReplicateError):
    """404: it does not exist, or it is somebody else's private model, which Replicate reports the same way."""


class ReplicateRefused(ReplicateError):
    """Any other 4xx: one of Replicate's rules forbids it, and a retry will not help."""


class ReplicateThrottled(ReplicateError):
    """429 until the retry policy gave up; the text says how often it was tried and how long it was to wait."""


class ReplicateHeld(ReplicateThrottled):
    """Replicate limits the account so much that somebody would wait too long for an answer.

    The text is `detail` alone, mrkdwn that says why and what to do; `method` and `path` are empty.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail, method="", path="")

    def __str__(self) -> str:
        return self.detail

    @property
    def told(self) -> str:
        """What people are told: the detail alone."""
        return self.detail


class ReplicateUnreadable(ReplicateError):
    """A success that the bot does not understand: another attempt would be answered the same, so there is none.

    Usually Replicate's API has changed, and the bot has to be updated.
    """


class ReplicateUnavailable(ReplicateError):
    """5xx, a timeout, a dropped connection or a body that is not JSON at every attempt."""


class ReplicateUnreachable(ReplicateUnavailable):
    """A certificate was not accepted, or a proxy refuses the connection: trying again does not help."""
