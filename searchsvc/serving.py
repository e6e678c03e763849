"""Serving: the web application under gunicorn, with several worker processes.

Not for development servers, nor for TLS: put a reverse proxy before it where readers come from outside.
"""

import gc
import sys
from typing import Any

from gunicorn.app.base import BaseApplication

from searchsvc.engines.registry import make_ready
from searchsvc.settings import Settings
from searchsvc.web.app import create_app

# A worker is replaced after so many requests, at slightly different times: whatever leaks, leaks not for long.
REQUESTS_OF_A_WORKER = 50_000

# Python looks for garbage in cycles after so many new objects: a page makes thousands, and hardly a cycle.
OBJECTS_BETWEEN_COLLECTIONS = 20_000


class GunicornService(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's arbiter, configured by our settings only: no command line, no configuration file of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        options: dict[str, Any] = {  # Any: gunicorn's options are of many types
            "bind": f"{settings.host}:{settings.port}",
            "workers": settings.workers,
            "max_requests": REQUESTS_OF_A_WORKER,
            "max_requests_jitter": REQUESTS_OF_A_WORKER // 10,
            "timeout": max(30, 2 * settings.timeout_ms // 1000),  # a query has its own, far shorter limit
            "loglevel": "warning",
            "proc_name": "searchsvc",
            "when_ready": self._say_where,
            "post_worker_init": _spare_what_stays,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # Any: a WSGI application
        # In each worker, after the fork: no file handle of the index is shared between processes.
        return create_app(self._settings)

    def _say_where(self, arbiter: Any) -> None:  # Any: gunicorn has no types
        where = " ".join(_address(listener.sock.getsockname()) for listener in arbiter.LISTENERS)
        workers = self._settings.workers
        print(f"Serving on {where} with {workers} worker process{'es' * (workers > 1)}. Ctrl-C stops.", flush=True)  # noqa: T201


def serve(settings: Settings) -> None:
    """Serve until interrupted. Exits the process with gunicorn's code when the port cannot be had."""
    print("Getting ready (the first time after an installation takes about a minute) …", file=sys.stderr)  # noqa: T201
    make_ready(settings)
    GunicornService(settings).run()


def _spare_what_stays(worker: Any) -> None:  # Any: gunicorn has no types
    """Let the collector of garbage pass over what is loaded and stays: to look at it all takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 10, 10)


def _address(name: tuple[Any, ...]) -> str:  # Any: host and port, and more of IPv6
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}"
