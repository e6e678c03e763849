"""Terminal: what the command line prints: progress, rejections, reports and hits as text, and JSON for programs.

Not for what a command does (`cli`).
"""

import json
import signal
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
from tqdm import tqdm

from searchsvc.archive.intake import IngestReport
from searchsvc.archive.search import Answer
from searchsvc.ingest.draft import Rejection
from searchsvc.ingest.inspecting import Inspection
from searchsvc.model.article import Article
from searchsvc.model.result import Fragment


class Progress:
    """A progress bar over the bytes read; on a terminal only, and not when `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self._bar: tqdm[NoReturn] = tqdm(
            unit="B", unit_scale=True, disable=quiet or not sys.stderr.isatty(), leave=False, dynamic_ncols=True
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, done: int, total: int, articles: int) -> None:
        """Move the bar to `done` of `total` bytes (0: unknown), and show the number and the rate of articles."""
        self._bar.total = total or None
        rate = articles / max(self._bar.format_dict["elapsed"], 0.001)
        self._bar.set_postfix_str(f"{articles:,} articles, {rate:,.0f}/s", refresh=False)
        if done > self._bar.n or not total:
            self._bar.update(done - self._bar.n)

    def end_batch(self) -> None:
        """Clear the bar and set it to zero."""
        self._bar.reset(total=None)
        self._bar.clear()

    def say(self, text: str) -> None:
        """Print a line above the bar, to standard error."""
        self._bar.write(text, file=sys.stderr)


class Interrupts:
    """While entered, the first SIGINT or SIGTERM only asks to stop, after the current article.

    The second raises KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}  # signal handlers; Any: as the signal module types them

    def __enter__(self) -> "Interrupts":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def to_stop(self) -> bool:
        """Whether a signal has asked to stop."""
        return self._asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


SHOWN_REJECTIONS = 50  # printed on the terminal; a report file has them all
SHOWN_VALUE = 200  # characters printed of a value that an importer saw
KEPT_REJECTIONS = 10_000  # kept in memory, for the JSON output


class RejectionLog:
    """Prints the first SHOWN_REJECTIONS rejections, writes all to the report file at `path`, and counts them."""

    def __init__(self, path: Path | None, progress: Progress, *, quiet: bool) -> None:
        self.path = path
        self.kept: list[Rejection] = []
        self.count = 0
        self._progress = progress
        self._quiet = quiet
        self._file = path.open("w", encoding="utf-8") if path else None

    def __enter__(self) -> "RejectionLog":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def write(self, rejection: Rejection) -> None:
        """Log one rejection."""
        self.count += 1
        if len(self.kept) < KEPT_REJECTIONS:
            self.kept.append(rejection)
        if self._file:
            self._file.write(json.dumps(asdict(rejection), ensure_ascii=False) + "\n")
            self._file.flush()  # `ingest --watch` may run for months: the file is read meanwhile
        if not self._quiet and self.count <= SHOWN_REJECTIONS:
            where = ", ".join(part for part in (rejection.source, rejection.position) if part)
            self._progress.say(f"rejected: {where}: {rejection.reason}")


def print_report(outcome: IngestReport, log: RejectionLog) -> None:
    """Print what became of the articles of a run: counts to standard output, advice to standard error."""
    if log.count > SHOWN_REJECTIONS:
        advice = f"all are in {log.path}" if log.path else "write them all with --report FILE"
        click.echo(f"… and {log.count - SHOWN_REJECTIONS:,} more rejections; {advice}", err=True)
    if outcome.interrupted:
        click.echo("Interrupted: what was read so far is in. Run the same command to go on.", err=True)
    if outcome.skipped_rejected:
        said = "place was" if outcome.skipped_rejected == 1 else "places were"
        click.echo(f"In files not read again {outcome.skipped_rejected:,} {said} rejected before.", err=True)
        click.echo("  --again reads them again, and says why.", err=True)
    click.echo(f"{_said(outcome)}; {outcome.archived:,} articles in the archive, {outcome.seconds:.1f} s")


def _said(outcome: IngestReport) -> str:
    always = ("added", "replaced", "unchanged", "repeated", "rejected")
    counts = [(name, getattr(outcome, name)) for name in (*always, "outdated", "withdrawn")]
    said = ", ".join(f"{name} {count:,}" for name, count in counts if count or name in always)
    if outcome.skipped:
        said += f" ({outcome.skipped:,} file{'s' * (outcome.skipped != 1)} not read again)"
    return said


def print_batch(outcome: IngestReport, log: RejectionLog, progress: Progress, *, as_json: bool) -> None:
    """Print one line, or one JSON object, about a batch of `ingest --watch`; and empty the log for the next batch."""
    if as_json:
        values = {**asdict(outcome), "rejections": [asdict(each) for each in log.kept]}
        click.echo(json.dumps(values, ensure_ascii=False))
    else:
        progress.end_batch()
        click.echo(f"{datetime.now():%H:%M:%S} {_said(outcome)}; {outcome.archived:,} articles in the archive")
    sys.stdout.flush()  # a pipe is buffered, and its reader waits for each batch
    log.kept.clear()
    log.count = 0


def print_inspection(inspection: Inspection) -> None:
    """Print what an importer saw in a file, where each value came from, and what became of it."""
    scores = sorted(inspection.sureness.items(), key=lambda score: -score[1])
    if scores:
        click.echo(f"sureness: {', '.join(f'{name} {sureness:g}' for name, sureness in scores)}")
    if inspection.importer:
        click.echo(f"read as {inspection.importer}: {inspection.why}")
    for number, seen in enumerate(inspection.seen, start=1):
        click.echo()
        click.secho(seen.position or f"article {number}", bold=True)
        for name, value in seen.draft.items():
            origin = click.style(f"  ← {seen.origins[name]}", dim=True) if name in seen.origins else ""
            click.echo(f"  {name:13} {_short(value)}{origin}")
        for name in sorted(seen.origins.keys() - seen.draft.keys()):
            click.secho(f"  {name:13} ← {seen.origins[name]}", dim=True)
        for title, made in (("becomes", seen.article), ("withdraws", seen.withdrawal)):
            for at, (name, value) in enumerate(made.items()):
                click.echo(f"{title if at == 0 else '':9} {name:15} {_short(value)}")
        if seen.rejection:
            click.secho(f"rejected: {seen.rejection}", fg="red")
    if inspection.is_cut:
        click.echo("… and more: --limit shows them")
    if inspection.fault:
        click.secho(f"not read{' to its end' if inspection.seen else ''}: {inspection.fault}", fg="red")


def _short(value: Any) -> str:  # Any: a JSON value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_json_value)
    # Values are not cleaned yet, and a control character could move the terminal's cursor: it is replaced.
    text = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text[: 10 * SHOWN_VALUE].split()))
    return text if len(text) <= SHOWN_VALUE else f"{text[:SHOWN_VALUE]}…"


def print_answer(answer: Answer) -> None:
    """Print a search's notices, hits with highlights, and ways out."""
    for message in [note.message for note in answer.notices] + [rewrite.message for rewrite in answer.rewrites]:
        click.secho(f"({message})", dim=True)
    if answer.did_you_mean:
        click.echo(f"Did you mean: {answer.did_you_mean}")
    count = answer.result.total.value
    click.echo(f"{count:,} article{'s' * (count != 1)} in {answer.result.took_ms:.1f} ms")
    for hit in answer.result.hits:
        article = hit.article
        about = " · ".join(part for part in (day(article), article.publication, article.section, article.id) if part)
        headline = hit.snippets.get("headline")
        click.echo()
        click.echo(_marked(headline.fragments[0]) if headline else article.headline)
        click.secho(f"  {about}", dim=True)
        for fragment in hit.snippets["body"].fragments if "body" in hit.snippets else ():
            click.echo(f"  … {_marked(fragment)}")
    for way in answer.ways_out:
        click.echo(f"{way.message}: {way.total:,} article{'s' * (way.total != 1)}")


def _marked(fragment: Fragment) -> str:
    parts, at = [], 0
    for start, end in fragment.highlights:
        parts += [fragment.text[at:start], click.style(fragment.text[start:end], bold=True)]
        at = end
    return " ".join(("".join(parts) + fragment.text[at:]).split())


def day(article: Article) -> str:
    """The day of publication, as precise as it is known: `2015`, `2015-09` or `2015-09-30`; or "undated"."""
    if article.published_on is None:
        return "undated"
    lengths = {"year": 4, "month": 7}
    return article.published_on.isoformat()[: lengths.get(article.date_precision, 10)]


def print_json(values: object) -> None:
    """Print values as indented JSON."""
    click.echo(json.dumps(values, ensure_ascii=False, indent=2, default=_json_value))


def _json_value(value: Any) -> Any:  # Any: a value that json cannot write
    return dict(value) if hasattr(value, "keys") else str(value)
