"""`python -m tests.bench.official OWNER/NAME`: the official client deletes a model's versions, then the model.

It is a plain loop, because the client has no call that deletes several. Its list of versions is the first
page alone (1.0.7 takes no cursor), so the loop asks for the first page until there is none.
"""

from __future__ import annotations

import os
import sys
import time

from replicate.client import Client

_VANISHES = 0.1
"""Seconds between looks when all that is listed was deleted already."""


def main(ref: str) -> None:
    """Delete the model with all of its versions."""
    base_url = os.environ["REPLICATE_BASE_URL"].removesuffix("/v1")
    client = Client(os.environ["REPLICATE_API_TOKEN"], base_url=base_url)
    model = client.models.get(ref)
    deleted: set[str] = set()
    while listed := [version.id for version in model.versions.list()]:
        left = [version_id for version_id in listed if version_id not in deleted]
        for version_id in left:
            model.versions.delete(version_id)
            deleted.add(version_id)
        if not left:
            time.sleep(_VANISHES)
    client.models.delete(ref)


if __name__ == "__main__":
    main(sys.argv[1])
