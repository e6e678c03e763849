"""Rendering: what a page costs beside the engine's search, in milliseconds of processor time, part by part.

    python -m benchmarks.rendering                # 20,000 synthetic articles, and the demo archive
    python -m benchmarks.rendering --functions    # where the time goes, by function (cProfile)

The application runs in this process and is called as a WSGI server would call it. Of each address the fastest of some
rounds counts; the figures are means over the addresses. Not for how many readers a server bears: that is `serving`.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from flask import Flask
from werkzeug.test import create_environ

from benchmarks.building import build
from benchmarks.corpora import DEMO, TODAY, Corpus, synthetic
from benchmarks.peers.registry import OURS
from benchmarks.queries import queries
from benchmarks.reporting import COSTS, cost_table
from benchmarks.serving import PATHS, PATIENT_MS, query_text
from searchsvc.archive import operations
from searchsvc.archive.archive import Archive, open_archive
from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.errors import EngineError
from searchsvc.settings import Settings
from searchsvc.web import api, pages
from searchsvc.web.app import create_app
from searchsvc.web.search_state import SearchState

REST = COSTS[-1]  # Flask, headers, tags of answers
# Which function's time is counted as which part; what it calls that stands here itself is counted there instead.
PARTS: tuple[tuple[Any, str, str], ...] = (  # Any: a class or a module
    (SearchState, "read", "parse"),
    (Archive, "search", "parse"),
    (EmbeddedEngine, "search", "engine"),
    (EmbeddedEngine, "document_frequency", "engine"),
    (EmbeddedEngine, "spell", "engine"),
    (pages, "results_page", "presenters"),
    (api, "search_json", "presenters"),
    (pages, "render_template", "templates"),
    (api, "written", "templates"),
)
DEMO_QUERIES = (
    "", "apollo", "berlin wall", "mandela OR gorbachev", '"climate agreement"', "tag:Science", "moon -apollo",
    "brexit", "year:2015", "the",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds of processor time a page, by part."""

    corpus: str
    path: str
    pages: int
    size: int  # bytes of a page, on average
    parts: dict[str, float]

    @property
    def beside(self) -> float:
        """What the page costs beside the engine's search."""
        return sum(self.parts.values()) - self.parts["engine"]


class Watch:
    """Processor time of this thread, counted to the part that is running."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = {}
        self._part = REST
        self._since = 0

    def start(self) -> None:
        self.spent = dict.fromkeys(COSTS, 0)
        self._part, self._since = REST, time.thread_time_ns()

    def stop(self) -> dict[str, int]:
        """Nanoseconds of each part since the start."""
        self._go_on_as(REST)
        return self.spent

    def counting(self, call: Callable[..., Any], part: str) -> Callable[..., Any]:  # Any: as the call has it
        def counted(*args: Any, **kwargs: Any) -> Any:
            before = self._go_on_as(part)
            try:
                return call(*args, **kwargs)
            finally:
                self._go_on_as(before)

        return counted

    def _go_on_as(self, part: str) -> str:
        now = time.thread_time_ns()
        self.spent[self._part] = self.spent.get(self._part, 0) + now - self._since
        before, self._part, self._since = self._part, part, now
        return before


@contextmanager
def watched() -> Iterator[Watch]:
    """A watch on all PARTS, taken off again after."""
    watch = Watch()
    with ExitStack() as after:
        for owner, name, part in PARTS:
            original = vars(owner)[name]
            wrapped = watch.counting(getattr(owner, name), part)
            setattr(owner, name, staticmethod(wrapped) if isinstance(original, classmethod) else wrapped)
            after.callback(setattr, owner, name, original)
        yield watch


def costs_of(corpus: str, folder: Path, texts: Sequence[str], *, rounds: int) -> list[Cost]:
    """The cost of each path over an index in a folder."""
    app, archive = application(folder)
    with watched() as watch:
        costs = [_cost(corpus, app, watch, path, start, texts, rounds) for path, start in PATHS.items()]
    archive.close()
    return costs


def application(folder: Path) -> tuple[Flask, Archive]:
    settings = Settings(index_dir=folder, timeout_ms=PATIENT_MS)
    archive = open_archive(settings)
    return create_app(settings, archive), archive


def _cost(corpus: str, app: Flask, watch: Watch, path: str, start: str, texts: Sequence[str], rounds: int) -> Cost:
    asked = [environ_of(start + quote_plus(text)) for text in texts]
    sizes = [len(ask(app, environ)) for environ in asked]
    best: list[dict[str, int]] = [{}] * len(asked)
    for _ in range(rounds):
        for at, environ in enumerate(asked):
            watch.start()
            ask(app, environ)
            spent = watch.stop()
            if not best[at] or sum(spent.values()) < sum(best[at].values()):
                best[at] = spent
    return Cost(
        corpus=corpus,
        path=path,
        pages=len(asked),
        size=sum(sizes) // len(sizes),
        parts={name: sum(spent[name] for spent in best) / len(best) / 1e6 for name in COSTS},
    )


def ask(app: Flask, environ: dict[str, Any]) -> bytes:  # Any: as WSGI has it
    """The body of an answer. Raises EngineError when it is not a good one."""
    said: list[str] = []

    def start_response(status: str, headers: object, error: object = None, /) -> Callable[[bytes], object]:
        said.append(status)
        return lambda written: None

    body = app({**environ}, start_response)
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    if not said[0].startswith("200"):
        raise EngineError(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}: {said[0]}")
    return content


def environ_of(target: str) -> dict[str, Any]:  # Any: as WSGI has it
    """What a server hands over of a request for this path and query."""
    return create_environ(target, "http://127.0.0.1:8000")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, help="of the synthetic corpus")
    parser.add_argument("--rounds", type=int, default=30, help="times that each page is asked for")
    parser.add_argument("--functions", action="store_true", help="where the time goes, by function")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "searchsvc-benchmarks")
    chosen = parser.parse_args()
    corpus = synthetic(chosen.size, chosen.work)
    if chosen.functions:
        folder, _ = build(corpus, OURS, chosen.work)
        print_functions(folder, mixed_texts(corpus, chosen.work), chosen.rounds)
        return
    print(cost_table([asdict(each) for each in costs_section(corpus, chosen.work, rounds=chosen.rounds)]))


def costs_section(corpus: Corpus, work: Path, *, rounds: int) -> list[Cost]:
    """What pages of a corpus cost, asked with its mixed queries, and those of the demo archive."""
    folder, _ = build(corpus, OURS, work)
    costs = costs_of(corpus.name, folder, mixed_texts(corpus, work), rounds=rounds)
    with tempfile.TemporaryDirectory() as demo:
        archive = application(Path(demo))[1]
        operations.ingest(archive, [str(DEMO)], today=TODAY, fresh=True)
        archive.close()
        return costs + costs_of("demo archive", Path(demo), DEMO_QUERIES, rounds=rounds)


def mixed_texts(corpus: Corpus, work: Path) -> list[str]:
    mixed = next(each for each in queries(corpus, work) if each.name == "page, mixed")
    return [query_text(one) for one in mixed.asked]


def print_functions(folder: Path, texts: Sequence[str], rounds: int) -> None:
    app, archive = application(folder)
    for path, start in PATHS.items():
        profile = cProfile.Profile()
        asked = [environ_of(start + quote_plus(text)) for text in texts]
        for at in range(rounds):
            for environ in asked:
                if at:  # once, to get warm
                    profile.enable()
                ask(app, environ)
                profile.disable()
        print(path)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    archive.close()


if __name__ == "__main__":
    main()
