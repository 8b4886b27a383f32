"""What scenarios ask of the outbox, as SQL that returns the ids of requests."""

from __future__ import annotations

from bot.requests.deliveries import DeliveryKind

_CARD = "SELECT 1 FROM deliveries d WHERE d.request_id = requests.id AND d.kind = 'card'"

CARD_IS_SHOWN = f"SELECT id FROM requests WHERE EXISTS ({_CARD} AND d.due_at IS NULL AND d.lease IS NULL)"  # noqa: S608 - constants
"""Requests whose card shows all of them, and that nobody draws."""

CARD_IS_FREE = f"SELECT id FROM requests WHERE card_ts IS NOT NULL AND EXISTS ({_CARD} AND d.lease IS NULL)"  # noqa: S608 - constants
"""Requests whose card was posted, and that nobody draws."""

CARDS = """
SELECT requests.id, d.failures, CASE WHEN d.due_at IS NOT NULL AND d.lease IS NULL THEN d.posted_at END
FROM requests JOIN deliveries d ON d.request_id = requests.id AND d.kind = 'card' WHERE """
"""Each card's request, its vain tries, and when it was drawn where it waits to be drawn again."""


def posted(kind: DeliveryKind) -> str:
    """Return the requests of which this was posted."""
    return f"SELECT id FROM requests WHERE {was_posted(kind)}"  # noqa: S608 - a constant


def was_posted(kind: DeliveryKind) -> str:
    """Return the condition that this of a request was posted."""
    of_request = f"SELECT 1 FROM deliveries d WHERE d.request_id = requests.id AND d.kind = '{kind}'"  # noqa: S608 - a constant
    return f"EXISTS ({of_request} AND d.posted_at IS NOT NULL)"
