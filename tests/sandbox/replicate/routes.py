"""The endpoints of a stand-in Replicate, each an HTTP request -> an answer and perhaps a change.

Shapes and statuses of success: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from aiohttp import web

from tests.sandbox.replicate.account import Holdings
from tests.sandbox.replicate.answers import (
    InvalidCursor,
    Item,
    Json,
    account_json,
    deployment_json,
    model_json,
    page,
    prediction_json,
    training_json,
    version_json,
)
from tests.sandbox.replicate.rules import Refusal, model_refusal, version_refusal
from tests.sandbox.replicate.things import Account, Model, Prediction

_WEB_REACH = timedelta(days=14)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, title: str, detail: str) -> web.Response:
    """An error as Replicate writes them."""
    fields = {"title": title, "detail": detail, "status": status}
    return web.json_response(fields, status=status, content_type="application/problem+json")


def not_found(detail: str = "The requested resource could not be found.") -> web.Response:
    """404, for what does not exist and for what this account may not know of."""
    return problem(404, "Not found", detail)


def throttled(body: Json, headers: Mapping[str, str]) -> web.Response:
    """The rate limit's answer."""
    return web.json_response(body, status=429, headers=headers)


def authenticated(holdings: Holdings, request: web.Request) -> Account | None:
    """The account whose bearer token came with the request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return holdings.accounts.get(token) if scheme == "Bearer" else None


def refused(refusal: Refusal) -> web.Response:
    """A rule's no."""
    return problem(refusal.status, refusal.title, refusal.detail)


class Routes:
    """The endpoints over what is held. Every request has been authenticated before."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def add_to(self, app: web.Application) -> None:
        """Serve them below `/v1`."""
        model = "/v1/models/{owner}/{name}"
        version = model + "/versions/{id}"
        app.add_routes(
            [
                web.get("/v1/account", self.account, allow_head=False),
                web.get("/v1/models", self.models, allow_head=False),
                web.get(model, self.model, allow_head=False),
                web.delete(model, self.delete_model),
                web.get(model + "/readme", self.readme, allow_head=False),
                web.get(model + "/versions", self.versions, allow_head=False),
                web.get(version, self.version, allow_head=False),
                web.delete(version, self.delete_version),
                web.get("/v1/deployments", self.deployments, allow_head=False),
                web.get("/v1/trainings", self.trainings, allow_head=False),
                web.get("/v1/predictions", self.predictions, allow_head=False),
            ]
        )

    async def account(self, request: web.Request) -> web.Response:
        """Whose token it is."""
        return web.json_response(account_json(self._asking(request)))

    async def models(self, request: web.Request) -> web.Response:
        """The public models of everybody, in the default order: the latest version first."""
        if request.query.keys() & {"sort_by", "sort_direction"}:
            return problem(400, "Bad request", "This stand-in lists models in the default order only.")
        public = [model for model in self._holdings.models.values() if not model.private]
        return self._page(request, public, model_json, self._holdings.page_size)

    async def model(self, request: web.Request) -> web.Response:
        """One model."""
        model = self._visible(request)
        return web.json_response(model_json(model)) if model else not_found()

    async def readme(self, request: web.Request) -> web.Response:
        """A model's README as text; 404 where it has none."""
        model = self._visible(request)
        if model is None or not model.readme:
            return not_found()
        return web.Response(text=model.readme, content_type="text/plain")

    async def versions(self, request: web.Request) -> web.Response:
        """A model's versions, those still being deleted included; an official model has no such list.

        See the official model in Replicate's own documentation: https://replicate.com/docs/topics/models/official-models
        """
        model = self._visible(request)
        if model is None or not model.has_list:
            return not_found()
        return self._page(request, model.versions, version_json, self._holdings.page_size)

    async def version(self, request: web.Request) -> web.Response:
        """One version of this model, by its whole id, as Replicate writes it; without any other parameter.

        An official model has no versions of its own to show, as it has no list of them. Whether Replicate takes a
        prefix or an id in capitals is documented nowhere, so neither is taken here.
        See https://replicate.com/docs/reference/http#models.versions.get
        """
        if request.query:
            return problem(400, "Bad request", "This endpoint takes no parameters.")
        model = self._visible(request)
        version = model.version(request.match_info["id"]) if model and model.has_list else None
        return web.json_response(version_json(version)) if version else not_found()

    async def delete_model(self, request: web.Request) -> web.Response:
        """An empty 204 when it is gone."""
        model = self._visible(request)
        if model is None:
            return not_found()
        refusal = model_refusal(model, self._asking(request).username)
        if refusal is not None:
            return refused(refusal)
        self._holdings.remove_model(model.ref)
        return web.Response(status=204)

    async def delete_version(self, request: web.Request) -> web.Response:
        """An empty 202 when it will be gone."""
        model = self._visible(request)
        version = model.version(request.match_info["id"]) if model else None
        if model is None or version is None:
            return not_found()
        refusal = version_refusal(self._holdings, model, version, self._asking(request).username)
        if refusal is not None:
            return refused(refusal)
        self._holdings.accept_deletion(version)
        return web.Response(status=202)

    async def deployments(self, request: web.Request) -> web.Response:
        """The account's deployments."""
        own = [d for d in self._holdings.deployments if d.owner == self._asking(request).username]
        return self._page(request, own, deployment_json, self._holdings.page_size)

    async def trainings(self, request: web.Request) -> web.Response:
        """The account's trainings."""
        own = [t for t in self._holdings.trainings if t.owner == self._asking(request).username]
        return self._page(request, own, training_json, self._holdings.long_page_size)

    async def predictions(self, request: web.Request) -> web.Response:
        """The account's predictions, `created_after` inclusive and `created_before` exclusive.

        `source` may be `web` alone, and then only the last 14 days are listed.
        """
        try:
            since, until = (_moment(request, name) for name in ("created_after", "created_before"))
        except ValueError:
            return problem(400, "Bad request", "created_after and created_before are ISO 8601 date-times.")
        source = request.query.get("source")
        if source not in (None, "web"):
            return problem(400, "Bad request", "source can only be web.")
        own = [p for p in self._holdings.predictions if p.by == self._asking(request).username]
        if source is not None:
            recent = self._holdings.clock() - _WEB_REACH
            own = [p for p in own if p.source == source and p.created_at >= recent]
        within = [p for p in own if _within(p, since, until)]
        return self._page(request, within, prediction_json, self._holdings.long_page_size)

    def _asking(self, request: web.Request) -> Account:
        account = authenticated(self._holdings, request)
        assert account is not None, "requests are authenticated before they are routed"
        return account

    def _visible(self, request: web.Request) -> Model | None:
        ref = "{owner}/{name}".format(**request.match_info)
        model = self._holdings.models.get(ref) or self._holdings.models.get(self._holdings.renamed.get(ref, ""))
        hidden = model is None or (model.private and model.owner != self._asking(request).username)
        return None if hidden else model

    def _page(
        self, request: web.Request, items: Sequence[Item], as_json: Callable[[Item], Json], size: int
    ) -> web.Response:
        url = str(request.url.with_query(None))
        try:
            return web.json_response(page(items, as_json, url=url, query=request.query, size=size))
        except InvalidCursor:
            return not_found("Invalid cursor")


def _moment(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name)
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _within(prediction: Prediction, since: datetime | None, until: datetime | None) -> bool:
    moment = prediction.created_at
    return (since is None or moment >= since) and (until is None or moment < until)
