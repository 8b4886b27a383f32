"""The shared delete client, and the only part of the program that speaks to Replicate.

client.py      the client: reads and deletions
exchange.py    requests and answers: turns, retries, pages
addresses.py   references -> addresses that cannot point anywhere else
bodies.py      reads the body of an answer up to a bound
answers.py     answers -> typed values or errors
shapes.py      the JSON of those answers
types.py       the typed values
last_use.py    when the account last ran versions, from its predictions
patience.py    how long and how often it tries
confirmed.py   what the 404 of a DELETE is worth
absence.py     when something is gone
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
