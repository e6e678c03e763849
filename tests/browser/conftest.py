"""The real service over the example archive, and a real Chromium, with its script and without."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from searchsvc.archive.archive import Archive, open_archive
from searchsvc.archive.operations import ingest
from searchsvc.settings import Settings
from searchsvc.web.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TODAY = date(2026, 1, 1)
EXAMPLES = Path(__file__).parents[2] / "examples" / "archive"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    settings = Settings(title="Example Archive", index_dir=tmp_path_factory.mktemp("index"), timeout_ms=10_000)
    archive = open_archive(settings)
    ingest(archive, [str(EXAMPLES)], today=TODAY)
    yield archive
    archive.close()


@pytest.fixture(scope="session")
def address(archive: Archive) -> Iterator[str]:
    """Where the service is served."""
    server = make_server("127.0.0.1", 0, _read_whole(create_app(archive.settings, archive)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _read_whole(app: "WSGIApplication") -> "WSGIApplication":
    """The application with each answer read and closed: Werkzeug's server leaves open what a browser breaks off."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as body:
            return [b"".join(body)]

    return answer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        _missing("there is no Chromium on the PATH")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        except Error as error:
            _missing(f"Chromium does not start: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Opens a page of the service; at the end, whatever its console had to complain about is a failure."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        path: str = "/", *, script: bool = True, width: int = 1280, scheme: str = "light", expect_error: bool = False
    ) -> Page:
        context = browser.new_context(
            base_url=address,
            java_script_enabled=script,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        # A status of 400 and above is itself told on the console.
        page.on("console", lambda said: None if expect_error else _complain(complaints, said.type, said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _complain(complaints: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        complaints.append(text)
