"""Operations: what an operator does to an archive: ingest, watch, export, rebuild, check.

Not for how files are read (`ingest`), nor for which version of an article stays (`intake`).
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from searchsvc.archive.archive import Archive
from searchsvc.archive.intake import IngestReport, Intake, commit_of, report_of
from searchsvc.engines.contract import Outcome
from searchsvc.errors import IndexLocked
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.ingest.pipeline import IngestRun, read
from searchsvc.ingest.watching import Watch
from searchsvc.model.article import Article
from searchsvc.model.query import Phrase
from searchsvc.model.request import SearchRequest, Sort

MAX_PROCESSES = 8  # that read, unless the settings say otherwise: more read faster than the writers can write
EXPORT_PAGE = 200  # hits fetched at a time
CHECK_EVERY = 50  # one article in so many is looked up and searched for
CHECK_TIMEOUT_MS = 60_000  # long: no reader waits for a check


def ingest(
    archive: Archive,
    paths: Sequence[str],
    options: ReadOptions | None = None,
    *,
    today: date,
    fresh: bool = False,
    again: bool = False,
    on_rejection: Callable[[Rejection], None] = lambda rejection: None,
    on_progress: Callable[[int, int, int], None] = lambda done, total, articles: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> IngestReport:
    """Put the articles of files and folders into the archive. A second run adds nothing, and reads only changed files.

    `today` is the day that dates in the files are judged by. `fresh` builds a new index and swaps it in at the end;
    `again` reads unchanged files too. `on_progress` gets bytes read, bytes in all, and articles written. `should_stop`
    is asked after each article: stopping keeps what was read so far, or with `fresh` leaves the live index as it was
    (KeyboardInterrupt). Raises IndexLocked while another writer is at work.
    """
    started = time.monotonic()
    intake = Intake(archive.engine, archive.ledger, on_rejection)

    def progress(done: int, total: int, source: str) -> None:
        on_progress(done, total, intake.counts[Outcome.ADDED] + intake.counts[Outcome.REPLACED])

    processes = archive.settings.ingest_processes or min(os.cpu_count() or 1, MAX_PROCESSES)
    run = IngestRun(today=today, processes=processes, again=again, should_stop=should_stop)
    items = read(paths, options=options, run=run, ledger=archive.ledger, progress=progress)
    # An article takes about as long to read as to write: with half as many writers as readers, all are busy.
    is_whole = intake.run(items, fresh=fresh, processes=max(1, processes // 2), should_stop=should_stop)
    return report_of(
        intake.counts,
        archived=archive.status().articles,
        seconds=time.monotonic() - started,
        interrupted=not is_whole,
    )


def watch(
    paths: Sequence[str],
    *,
    ingest_files: Callable[[Sequence[str]], IngestReport],
    on_report: Callable[[IngestReport], None],
    on_rejection: Callable[[Rejection], None] = lambda rejection: None,
    on_wait: Callable[[str], None] = lambda reason: None,
    should_stop: Callable[[], bool],
) -> None:
    """Ingest what files and folders hold, and then what is new or changed in them, until told to stop.

    `ingest_files` is called with each batch of files that nobody writes to any more, and `on_report` with its report.
    While another process writes the index the batch waits, and `on_wait` is called once with the reason.
    """
    watched = Watch(paths)
    is_waiting = False
    while not should_stop():
        files, rejections = watched.look()
        for rejection in rejections:
            on_rejection(rejection)
        try:
            if files:
                report = ingest_files([file.name for file in files])
                watched.took(files)
                on_report(report)
            is_waiting = False
        except IndexLocked as error:
            if not is_waiting:
                on_wait(str(error))
            is_waiting = True
        if not should_stop():
            time.sleep(watched.pause)


def export(archive: Archive, text: str, request: SearchRequest = SearchRequest(), *, today: date) -> Iterator[Article]:
    """Every article that a query text finds under the filters of `request`, newest first, however many."""
    request = replace(request, sort=Sort.NEWEST, limit=EXPORT_PAGE, offset=0, snippets=False, facets=())
    while hits := archive.search(text, request, today=today).result.hits:
        yield from (hit.article for hit in hits)
        request = replace(request, after=hits[-1].cursor)


def rebuild(archive: Archive, *, on_progress: Callable[[int], object] = lambda done: None) -> int:
    """Build the index anew from its own articles and swap it in; returns their number."""
    count = 0
    before = commit_of(archive.engine)
    with archive.engine.writer(fresh=True) as writer:
        for article in archive.engine.scan():
            writer.put(article)
            count += 1
            on_progress(count)
    archive.ledger.move(before, commit_of(archive.engine))
    return count


def check(archive: Archive) -> tuple[str, ...]:
    """What is wrong with the index, in words: every article is read, and some are looked up and searched for."""
    faults: list[str] = []
    count = 0
    for article in archive.engine.scan():
        if count % CHECK_EVERY == 0:
            faults += _faults_of(article, archive)
        count += 1
    expected = archive.status().articles
    if count != expected:
        faults.append(f"the index counts {expected:,} articles, but {count:,} can be read: run searchsvc rebuild")
    return tuple(faults)


def _faults_of(article: Article, archive: Archive) -> Iterator[str]:
    if archive.engine.get(article.id) != article:
        yield f"article {article.id} is stored twice, differently: run searchsvc rebuild"
    by_headline = Phrase(article.headline, field="headline")
    asked = SearchRequest(query=by_headline, snippets=False, limit=0, timeout_ms=CHECK_TIMEOUT_MS)
    if archive.engine.search(asked).total.value == 0 and any(c.isalnum() for c in article.headline):
        yield f"article {article.id} is not found by its own headline: run searchsvc rebuild"
