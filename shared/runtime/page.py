"""The page that a process serves beside its APIs: files that were built, and one document for every other address.

Names of built files hold a hash of what is in them, so browsers keep those for ever and ask for the document each time.
Whatever it loads, calls or runs comes from here (Content-Security-Policy): text that a page shows can do nothing.
"""

from __future__ import annotations

import gzip
import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from shared.access import problems
from shared.kernel.errors import NotFound

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

DOCUMENT = "index.html"
HASHED = "assets"
"""Folder of the files whose names hold a hash."""
NONCE = "__CSP_NONCE__"
"""Stands in the document where the nonce of each answer goes: who makes style sheets at run time marks them with it."""
API = "/api/"
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_SMALL = 1024
"""Bytes that compressing would not make fewer packets."""
_TEXTS = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/manifest+json")

# ruff: noqa: RUF001 - Chinese has its own punctuation
_MISSING = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>Regulars 熟客</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body>
<h1>页面还没有构建</h1>
<p>服务本身运行正常，只缺网页文件。</p>
<p>请安装 Node.js 20.19 或更新的版本，在项目目录运行 <code>make web</code>，然后刷新本页。</p>
<p>接口文档：<a href="/api/console/v1/docs">/api/console/v1/docs</a></p>
<h1 lang="en">The page has not been built</h1>
<p lang="en">The services run; only the page's files are missing.</p>
<p lang="en">Install Node.js 20.19 or newer, run <code>make web</code> in the project's folder, and load this again.</p>
<p lang="en">What the APIs can do: <a href="/api/console/v1/docs">/api/console/v1/docs</a></p>
</body></html>
"""


Stamp = tuple[int, int]
"""When a file was last written, and its size."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is sent, and as of when."""

    stamp: Stamp
    content: bytes
    compressed: bytes | None
    media_type: str
    cache: str


class Page:
    """An ASGI application over a folder of built files; what is below /api/ is not its business.

    `folder` may be missing or empty: then every address says what is missing. Files are read when they are asked for
    and have changed, so a page that is built later, or again, is served without a new start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = await self._answer(scope)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        path: str = scope["path"]
        if path.startswith(API):
            return problems.from_error(NotFound("there is nothing of this name"))
        if scope["method"] not in {"GET", "HEAD"}:
            return problems.problem(405, "method_not_allowed", "a page can be read and nothing else")
        name = path.strip("/") or DOCUMENT
        found = await self._found(name)
        if found is None and name.startswith(f"{HASHED}/"):
            # Not the document: a script of an older build would get HTML, and the browser a riddle.
            return Response("gone", 404, _headers(), "text/plain")
        if found is not None and name != DOCUMENT:
            return _of_file(found, scope)
        return await self._document()

    async def _document(self) -> Response:
        found = await self._found(DOCUMENT)
        if found is None:
            return Response(_MISSING, 503, _headers() | {"Cache-Control": "no-store"}, "text/html")
        nonce = secrets.token_urlsafe(16)
        content = found.content.replace(NONCE.encode(), nonce.encode())
        return Response(content, 200, _headers(nonce) | {"Cache-Control": _ASK_AGAIN}, found.media_type)

    async def _found(self, name: str) -> _File | None:
        # What has a hash in its name never changes; the document of a new build names other files than the old one's.
        known = self._files.get(name) if name.startswith(f"{HASHED}/") else None
        return known or await run_in_threadpool(self._read, name)

    def _read(self, name: str) -> _File | None:
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
                return None
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._files.get(name)
            if known is not None and known.stamp == stamp:
                return known
            content = path.read_bytes()
        except (OSError, ValueError):
            # A name that no file system takes is nobody's.
            return None
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        compressible = len(content) > _SMALL and media_type.startswith((*_TEXTS, "text/javascript"))
        found = _File(
            stamp,
            content,
            gzip.compress(content, 9, mtime=0) if compressible else None,
            media_type,
            _FOREVER if name.startswith(f"{HASHED}/") else _ASK_AGAIN,
        )
        self._files[name] = found
        return found


def _of_file(file: _File, scope: Scope) -> Response:
    accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
    headers = _headers() | {"Cache-Control": file.cache, "Vary": "Accept-Encoding"}
    if file.compressed is not None and b"gzip" in accepted:
        return Response(file.compressed, 200, headers | {"Content-Encoding": "gzip"}, file.media_type)
    return Response(file.content, 200, headers, file.media_type)


def _headers(nonce: str | None = None) -> dict[str, str]:
    styles = "'self'" if nonce is None else f"'self' 'nonce-{nonce}'"
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": styles,
        # Charts place their labels by style attributes, which load and run nothing.
        "style-src-attr": "'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
