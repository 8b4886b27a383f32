"""An entry of the audit trail -> a CloudEvent in JSON. Pure.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and formats/json-format.md, structured mode. What an
attribute means here, and what `data` has, is for receivers in docs/events.md.
"""

from __future__ import annotations

import hashlib
import json
import re

from bot.moments import iso_microseconds
from bot.requests.request import Event
from bot.requests.target_entries import read_taken_out
from bot.store.event_rows import AboutRequest, NotedEvent

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"

_PREFIX = "replicate_delete_bot."
_TARGET_ENDED = re.compile(r"(?P<name>\S+): (?P<state>[a-z ]+?)(?: \((?P<words>.*)\))?", re.DOTALL)


def event_type(event: str) -> str:
    """Return the `type` of an entry's event.

    Its characters are those that Standard Webhooks recommends, "Event types": `[a-zA-Z0-9_]`, and full stops between.
    """
    return _PREFIX + re.sub(r"\W", "_", event, flags=re.ASCII)


def event_id(noted: NotedEvent) -> str:
    """Return the `id` of an event, which is the same however often and by whichever process it is sent.

    A digest is part of it: a database that was restored from a copy gives the numbers of entries again, and a receiver
    would otherwise take a new event for one that it has.
    """
    actor = noted.actor
    who = (actor.user_id, actor.team_id, actor.channel) if actor else ()
    entry = json.dumps([noted.audit_id, noted.at, noted.request_id, noted.event, who, noted.detail])
    return f"{noted.audit_id}-{hashlib.sha256(entry.encode()).hexdigest()[:16]}"


def cloud_event(source: str, noted: NotedEvent) -> bytes:
    """Return the body for an event of the database that `source` names."""
    attributes: dict[str, object] = {
        "specversion": "1.0",
        "id": event_id(noted),
        "source": source,
        "type": event_type(noted.event),
        **({"subject": noted.request_id} if noted.request_id else {}),
        "time": iso_microseconds(noted.at),
        "datacontenttype": "application/json",
        "sequence": f"{noted.sequence:010}",
        "position": noted.audit_id,
    }
    return json.dumps(attributes | {"data": _data(noted)}, ensure_ascii=False, separators=(",", ":")).encode()


def _data(noted: NotedEvent) -> dict[str, object]:
    actor = noted.actor
    return {
        "event": noted.event,
        "actor": {"user_id": actor.user_id, "team_id": actor.team_id, "channel": actor.channel} if actor else None,
        "detail": noted.detail,
        "target": _target(noted),
        "request": _about(noted.request) if noted.request else None,
    }


def _target(noted: NotedEvent) -> dict[str, object] | None:
    """Return the one target that an entry is about, with its end and the words for it, or None."""
    if noted.event == Event.TARGET_ENDED and (found := _TARGET_ENDED.fullmatch(noted.detail)):
        return {"name": found["name"], "state": found["state"], "words": found["words"] or ""}
    if noted.event in (Event.KEEP_PLACED, Event.TAKEN_OUT) and (name := read_taken_out(noted.detail)):
        return {"name": name, "state": None, "words": ""}
    return None


def _about(request: AboutRequest) -> dict[str, object]:
    return {
        "id": request.id,
        "account": request.account,
        "team_id": request.team_id,
        "requester": None if request.proposed_by else request.requester,
        "proposed_by": request.proposed_by or None,
        "reference": request.reference or None,
        "models": list(request.models),
        "targets": request.targets,
    }
