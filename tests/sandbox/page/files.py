"""What the sandbox's page shows of files, and where it downloads them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.sandbox.slack.files import File, Files

FIRST_LINES = 6


class PageFiles:
    """Serves the files that were shared."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def routes(self) -> list[web.RouteDef]:
        """Where a file is downloaded."""
        return [web.get("/sandbox/files/{file_id}", self._download)]

    def state(self, file: File) -> dict[str, Any]:
        """A file as the page shows it: of a CSV the first lines, and how many follow."""
        lines = file.text.splitlines() if file.mimetype == "text/csv" else []
        return {
            "name": file.name,
            "title": file.title,
            "size": file.size,
            "address": f"/sandbox/files/{file.id}",
            "first_lines": lines[:FIRST_LINES],
            "more_lines": max(0, len(lines) - FIRST_LINES),
        }

    async def _download(self, request: web.Request) -> web.Response:
        file = self._files.shared.get(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound
        # Always to be saved: nothing that was uploaded is ever shown as a page of the sandbox's own.
        return web.Response(
            body=file.content,
            content_type="application/octet-stream",
            headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
        )
