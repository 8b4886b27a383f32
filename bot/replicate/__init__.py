"""The shared delete client, and the only part of the program that speaks to Replicate.

client.py      the client: reads, deletions, retries
addresses.py   references -> addresses that cannot point anywhere else
answers.py     bodies -> typed values or errors
types.py       the typed values
patience.py    how long and how often it tries
"""

from bot.replicate.client import Replicate
from bot.replicate.patience import Patience
from bot.replicate.types import Account, AccountType, Deletion, Deployment, Model, Training, Version, Visibility

__all__ = [
    "Account",
    "AccountType",
    "Deletion",
    "Deployment",
    "Model",
    "Patience",
    "Replicate",
    "Training",
    "Version",
    "Visibility",
]
