"""Intake: writes what is read from files to an engine: an article is added, replaces an older version, or is left out.

The order in which versions come does not matter: the newest stays, and a withdrawal holds until a newer version comes.
Not for reading files (`ingest`).
"""

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import assert_never

from searchsvc.engines.contract import Engine, Outcome, Writer
from searchsvc.errors import EngineError
from searchsvc.ingest.draft import Rejection, Withdrawal
from searchsvc.ingest.ledger import Ledger
from searchsvc.ingest.pipeline import Met, Repeat, Skipped
from searchsvc.model.article import Article
from searchsvc.model.versions import Version

# A commit is due after so many items or seconds: a killed process loses no more. It costs a second, and merging later.
COMMIT_ARTICLES = 20_000
COMMIT_SECONDS = 60.0

Items = Generator[Met, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What became of the articles of one run."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0  # the same content is archived already, or the article's file was skipped
    repeated: int = 0  # came more than once in this run
    outdated: int = 0  # older than the archived version, or withdrawn
    withdrawn: int = 0  # deleted, because their source withdrew them
    rejected: int = 0
    skipped: int = 0  # unchanged files, which were not read; their articles count as unchanged
    skipped_rejected: int = 0  # rejections when those files were last read
    archived: int = 0  # articles in the archive after the run
    seconds: float = 0.0
    interrupted: bool = False


class Intake:
    """Writes what is read to an engine, keeps the ledger, and counts the outcomes. For one run."""

    def __init__(self, engine: Engine, ledger: Ledger, on_rejection: Callable[[Rejection], None]) -> None:
        self.counts: Counter[str] = Counter()
        self._engine = engine
        self._ledger = ledger
        self._on_rejection = on_rejection
        self._writer: Writer

    def run(self, items: Items, *, fresh: bool, processes: int = 1, should_stop: Callable[[], bool]) -> bool:
        """Write all items with up to `processes` processes; False when `should_stop` ended it before the last.

        Commits every COMMIT_ARTICLES items or COMMIT_SECONDS. A `fresh` build commits at its end only; stopped before,
        it is dropped, and KeyboardInterrupt raised. Raises IndexLocked while another writer is at work.
        """
        try:
            with self._engine.writer(fresh=fresh, processes=processes) as self._writer, closing(items):
                self._ledger.begin(commit_of(self._engine), fresh=fresh)
                is_whole = self._take(items, fresh, should_stop)
                if fresh and not is_whole:
                    raise KeyboardInterrupt
            self._ledger.save(commit_of(self._engine))
            return is_whole
        finally:
            self._ledger.end()

    def _take(self, items: Items, fresh: bool, should_stop: Callable[[], bool]) -> bool:
        uncommitted, committed_at = 0, time.monotonic()
        for item in items:
            match item:
                case Article():
                    self._put(item)
                case Withdrawal():
                    self._withdraw(item)
                case Rejection():
                    self.counts["rejected"] += 1
                    self._on_rejection(item)
                case Repeat():
                    self.counts["repeated"] += 1
                case Skipped():
                    self.counts["skipped"] += 1
                    self.counts["skipped_rejected"] += item.entry.rejected
                    self.counts[Outcome.UNCHANGED] += item.entry.articles
                case _:
                    assert_never(item)
            uncommitted += 1
            if not fresh and (uncommitted == COMMIT_ARTICLES or time.monotonic() > committed_at + COMMIT_SECONDS):
                self._writer.commit()
                self._ledger.save(commit_of(self._engine))
                uncommitted, committed_at = 0, time.monotonic()
            if should_stop():
                return False
        return not should_stop()  # the reader asks it too, and may have ended early

    def _put(self, article: Article) -> None:
        withdrawn = self._ledger.withdrawn(article.id)
        if withdrawn is not None and not withdrawn.is_older_than(article.version):
            self.counts["outdated"] += 1
            return
        if article.version != Version():  # an article without a version replaces any other
            kept = self._writer.kept_version(article.id)
            if kept is not None and article.version.is_older_than(kept):
                self.counts["outdated"] += 1
                return
        self._ledger.readmit(article.id)
        self.counts[self._writer.put(article)] += 1

    def _withdraw(self, withdrawal: Withdrawal) -> None:
        known = self._ledger.withdrawn(withdrawal.id)
        if known is not None:
            both = known.of_both_withdrawals(withdrawal.version)
            if both != known:
                self._ledger.withdraw(withdrawal.id, both)
            return
        kept = self._writer.kept_version(withdrawal.id)
        if kept is not None and withdrawal.version.is_older_than(kept):
            self.counts["outdated"] += 1
            return
        self._ledger.withdraw(withdrawal.id, withdrawal.version)
        self.counts["withdrawn"] += self._writer.delete(withdrawal.id)


def commit_of(engine: Engine) -> str:
    """The name of the live commit; "" when there is no index, or it cannot be read."""
    try:
        return engine.status().commit
    except EngineError:
        return ""


def report_of(counts: Counter[str], *, archived: int, seconds: float, interrupted: bool) -> IngestReport:
    """The report of an intake's counts."""
    names = ("repeated", "outdated", "withdrawn", "rejected", "skipped", "skipped_rejected")
    return IngestReport(
        added=counts[Outcome.ADDED],
        replaced=counts[Outcome.REPLACED],
        unchanged=counts[Outcome.UNCHANGED],
        archived=archived,
        seconds=seconds,
        interrupted=interrupted,
        **{name: counts[name] for name in names},
    )
