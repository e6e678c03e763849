"""Service: what every view needs: settings, the archive (opened when first asked for), the day, the site's words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from threading import Lock

from flask import current_app, g, request
from werkzeug.sansio.utils import get_current_url

from searchsvc import __version__
from searchsvc.archive.archive import Archive, open_archive
from searchsvc.settings import Settings

EXTENSION = "searchsvc"

Clock = Callable[[], date]  # what day it is


class Service:
    """The settings, the archive and the clock of one application; shared by its threads."""

    def __init__(self, settings: Settings, archive: Archive | None, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.settings_text = repr(settings)  # tells them from others
        self._archive = archive
        self._lock = Lock()

    @property
    def archive(self) -> Archive:
        """The archive, opened on first use. An error in opening is not remembered: it is tried again next time."""
        with self._lock:
            if self._archive is None:
                self._archive = open_archive(self.settings)
            return self._archive

    @property
    def root(self) -> str:
        """The site's own address, without a slash at its end."""
        return self.settings.base_url.rstrip("/") or _root(request.scheme, request.host, request.root_path)


@lru_cache(maxsize=100)
def _root(scheme: str, host: str, root_path: str) -> str:
    return get_current_url(scheme, host, root_path).rstrip("/")


@dataclass(frozen=True, slots=True)
class Site:
    """What every page prints of the site itself; `assets` tells one version of style and script from the next."""

    title: str
    version: str
    assets: str


def service() -> Service:
    """The service of the application that answers the current request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Service)
    return found


def today() -> date:
    """The day of the current request. Its clock is read once: a page made at midnight agrees with itself."""
    if "today" not in g:
        g.today = service().clock()
    day = g.today
    assert isinstance(day, date)
    return day


def site(settings: Settings, assets: str) -> Site:
    """What every page prints of the site; `assets` is the digest of the static files."""
    return Site(title=settings.title, version=__version__, assets=assets)
