"""Serving: the web application under gunicorn, with several worker processes.

Not a development server, and no TLS: readers from outside come through a reverse proxy.
"""

import gc
import sys
from typing import Any

from gunicorn.app.base import BaseApplication

from searchsvc.engines.registry import make_ready
from searchsvc.settings import Settings
from searchsvc.web.app import create_app

# A worker is replaced after about this many requests, so that no memory leak grows for long.
REQUESTS_OF_A_WORKER = 50_000

# The threshold of Python's cyclic garbage collector: a page makes thousands of objects, and hardly a cycle.
OBJECTS_BETWEEN_COLLECTIONS = 20_000


class GunicornService(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn, configured by our settings alone: it reads no command line and no configuration file."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options from our settings."""
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
            "post_worker_init": _tune_garbage_collection,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # Any: a WSGI application
        """The application. Called in each worker, after the fork: workers share no file handle of the index."""
        return create_app(self._settings)

    def _say_where(self, arbiter: Any) -> None:  # Any: gunicorn has no types
        where = " ".join(_address(listener.sock.getsockname()) for listener in arbiter.LISTENERS)
        workers = self._settings.workers
        print(f"Serving on {where} with {workers} worker process{'es' * (workers > 1)}. Ctrl-C stops.", flush=True)  # noqa: T201


def serve(settings: Settings) -> None:
    """Make the engine ready and serve until interrupted. Exits with gunicorn's code when the port is not free."""
    print("Getting ready (the first time after an installation takes about a minute) …", file=sys.stderr)  # noqa: T201
    make_ready(settings)
    GunicornService(settings).run()


def _tune_garbage_collection(worker: Any) -> None:  # Any: gunicorn has no types
    """Exclude loaded modules from garbage collection, and collect less often: a full collection takes 0.1 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 10, 10)


def _address(name: tuple[Any, ...]) -> str:  # Any: host and port, and more of IPv6
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}"
