"""The delete client, the only part of the program that sends requests to Replicate.

client.py      the client: reads and deletions
exchange.py    sends requests: rate limit, retries, pages
addresses.py   references -> URLs under the base URL
bodies.py      reads the body of an answer, with a size limit
answers.py     answers -> typed values or errors
shapes.py      the JSON of answers
types.py       the typed values
last_use.py    when the account last ran versions, from its predictions
rate_limit.py  when the next request may be sent
retries.py     how often and how long a request is retried
not_found.py   whether the 404 of a DELETE means that its target is gone
absence.py     the rule for when a target is gone
"""

from bot.replicate.client import Replicate
from bot.replicate.last_use import LastUse
from bot.replicate.retries import RetryPolicy
from bot.replicate.types import (
    Account,
    AccountType,
    Deletion,
    Deployment,
    Model,
    ModelDetails,
    Training,
    Version,
    VersionDetails,
    Visibility,
)

__all__ = [
    "Account",
    "AccountType",
    "Deletion",
    "Deployment",
    "LastUse",
    "Model",
    "ModelDetails",
    "Replicate",
    "RetryPolicy",
    "Training",
    "Version",
    "VersionDetails",
    "Visibility",
]
