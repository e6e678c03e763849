"""create_app: the web application, for any WSGI server.

>>> app = create_app(Settings())  # the archive is opened with the first request that needs it
>>> app.test_client().get("/healthz").status_code
200
"""

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.routing import BaseConverter

from searchsvc.archive.archive import Archive
from searchsvc.settings import Settings
from searchsvc.web import api, machines, pages, problems, templating
from searchsvc.web.service import EXTENSION, Clock, Service, site

# A form sends each byte of a text as up to three, and other fields beside it.
FORM_OVERHEAD = 4

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

ASSET_SECONDS = 365 * 24 * 3600  # an asset's address changes with its content


class AnythingConverter(BaseConverter):
    """Part of a path with whatever characters it has, slashes and line ends among them."""

    part_isolating = False
    regex = r"(?s:.+)"
    weight = 300


class LenientRequest(Request):
    """A request whose query string may hold any bytes: what is not ASCII is quoted, as a browser would have done."""

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:  # Any: as WSGI has it
        text = environ.get("QUERY_STRING", "")
        environ["QUERY_STRING"] = re.sub(r"[^\x21-\x7e]", lambda found: f"%{ord(found[0]):02X}", text)
        super().__init__(environ, *args, **kwargs)


def create_app(settings: Settings, archive: Archive | None = None, *, clock: Clock = date.today) -> Flask:
    """The application; without an archive it opens its own when first asked, and again until that succeeds.

    `clock` says what day it is, by which dates such as `yesterday` are read: the machine's, unless another is given.
    """
    folder = Path(__file__).parent
    app = Flask("searchsvc.web", root_path=str(folder), template_folder=str(templates_dir()), static_folder="static")
    app.request_class = LenientRequest
    app.config["MAX_CONTENT_LENGTH"] = FORM_OVERHEAD * settings.max_related_text
    app.config["MAX_FORM_MEMORY_SIZE"] = FORM_OVERHEAD * settings.max_related_text
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = ASSET_SECONDS
    app.url_map.merge_slashes = False
    app.url_map.converters["anything"] = AnythingConverter
    templating.set_up(app.jinja_env)
    app.extensions[EXTENSION] = Service(settings, archive, clock)
    app.register_blueprint(pages.blueprint())
    app.register_blueprint(api.blueprint())
    app.register_blueprint(machines.blueprint())
    problems.register(app)
    app.after_request(_secured)
    ours = site(settings, _assets_digest(folder / "static"))
    app.context_processor(lambda: {"site": ours})
    return app


def templates_dir() -> Path:
    """Where the templates are: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parents[1]
    beside = package.parent / "templates"
    return beside if (beside / "base.html").is_file() else package / "templates"


def _secured(response: Response) -> Response:
    response.headers.extend(SECURITY_HEADERS)
    if request.path.startswith("/api/") and request.method in ("GET", "HEAD", "OPTIONS"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Server-Timing"
    return response


def _assets_digest(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
