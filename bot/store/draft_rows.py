"""Stores a draft with its pinned targets, in the transaction of a caller."""

from __future__ import annotations

import json
from dataclasses import astuple

from sqlalchemy import insert, select

from bot.planning.drafts import DRAFT_LIFE
from bot.requests.digest import digest_of
from bot.requests.ids import new_id
from bot.requests.request import State
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.draft import Draft
from bot.store.rows import target_row
from bot.store.snapshots import insert_versions
from bot.store.tables import REMOVED, REQUESTS, TARGETS
from bot.untrusted_text import clean


async def insert_draft(connection: AsyncConnection, database: Database, draft: Draft) -> str | None:
    """Store a draft and return its id; None, and nothing is stored, if its trigger or its random id is taken.

    The id of a request that was removed stays taken, as messages in Slack name it.
    """
    request_id = await _insert_request(connection, database, draft)
    if request_id is not None:
        await connection.execute(insert(TARGETS), [target_row(request_id, target) for target in draft.targets])
        await insert_versions(connection, request_id, draft.versions)
    return request_id


async def _insert_request(connection: AsyncConnection, database: Database, draft: Draft) -> str | None:
    request_id = new_id()
    if (await connection.execute(select(REMOVED).where(REMOVED.c.request_id == request_id))).first() is not None:
        return None
    statement = (
        database.insert(REQUESTS)
        .values(
            id=request_id,
            state=State.DRAFT,
            revision=0,
            trigger=draft.trigger,
            requester=draft.requester,
            team_id=draft.team_id,
            origin_channel=draft.origin_channel,
            account=draft.account,
            approvals_required=draft.terms.approvals_required,
            approvers=str(draft.terms.approvers),
            self_approval=draft.terms.self_approval,
            terms=draft.terms.more_to_json(),
            proposed_by=draft.proposed_by,
            digest=digest_of(draft.account, draft.targets),
            left_out=json.dumps([astuple(left) for left in draft.left_out]),
            left_out_count=sum(left.count for left in draft.left_out),
            reason=clean(draft.reason),
            reference=clean(draft.reference) or None,
            rules=draft.rules,
            target_count=len(draft.targets),
            created_at=database.now,
            expires_at=database.now + DRAFT_LIFE,
        )
        .on_conflict_do_nothing()
        .returning(REQUESTS.c.id)
    )
    stored: str | None = (await connection.execute(statement)).scalar_one_or_none()
    return stored
