"""The searchsvc command: each subcommand reads its options, calls the archive, and prints with `terminal`.

Exit codes: 0 done; 1 done, but look at it (nothing found, something rejected, a fault found); 2 the command or a
setting is wrong; 3 the index cannot answer; 130 interrupted.
"""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, fields
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click
from tqdm import tqdm

from searchsvc import __version__
from searchsvc.archive import operations
from searchsvc.archive.archive import Archive, open_archive
from searchsvc.archive.intake import IngestReport
from searchsvc.archive.search import Answer
from searchsvc.errors import ArticleNotFound, EngineError, SearchServiceError
from searchsvc.ingest.importers.base import ReadOptions
from searchsvc.ingest.inspecting import inspect as inspect_file
from searchsvc.ingest.pipeline import STANDARD_INPUT
from searchsvc.model.article import Article
from searchsvc.model.fields import FACET_FIELDS
from searchsvc.model.request import SearchRequest, Sort, ValueFilter
from searchsvc.model.result import Related, RelatedHit
from searchsvc.settings import Settings
from searchsvc.terminal import (
    Interrupts,
    Progress,
    RejectionLog,
    day,
    print_answer,
    print_batch,
    print_inspection,
    print_json,
    print_report,
)

P = ParamSpec("P")

LOOK_AT_IT, WRONG_COMMAND, NO_INDEX, INTERRUPTED = 1, 2, 3, 130


def main() -> NoReturn:
    """Run the command line and exit. An error of ours is printed as one line and a hint, without a traceback."""
    try:
        sys.exit(command(standalone_mode=False) or 0)  # click returns the code of an Exit
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `searchsvc export | head`
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # else Python flushes the closed pipe at exit, and fails
        sys.exit(0)
    except SearchServiceError as error:
        click.echo(f"searchsvc: {error}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
        sys.exit(
            LOOK_AT_IT
            if isinstance(error, ArticleNotFound)
            else NO_INDEX
            if isinstance(error, EngineError)
            else WRONG_COMMAND
        )


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="searchsvc")
@click.option("--index-dir", type=click.Path(path_type=Path, file_okay=False), help="Where the index lives.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The project's folder.",
    show_default="here",
)
@click.pass_context
def command(context: click.Context, index_dir: Path | None, root: Path) -> None:
    """Search a news archive: put saved pages and records in, find articles by word, facet and date."""
    overrides = {"index_dir": index_dir.absolute() if index_dir else None}
    context.obj = lambda **more: Settings.load(root=root.absolute(), overrides={**overrides, **more})


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command with the options that make up `ReadOptions`."""
    for option in reversed(_READING):
        function = option(function)
    return function


_READING = (
    click.option("--format", "format", help="Read every file as this format, whatever it looks like."),
    click.option(
        "--map", "mapping", multiple=True, metavar="FIELD=NAME", help="A field of ours and its name in the records."
    ),
    click.option("--source", "source_name", default="", help="The paper or site, where a source does not say."),
    click.option("--language", help="The language, where a source does not say (else it is detected)."),
    click.option("--day-first", is_flag=True, help="Read 3/4/2015 as 3 April."),
)


def with_archive(function: Callable[..., None]) -> Callable[..., None]:  # a command's own parameters follow the archive
    """Decorate a command: it gets an open archive as its first argument, which is closed after it."""

    @wraps(function)
    @click.pass_context
    def opened(context: click.Context, /, **options: Any) -> None:  # Any: as click gives them
        with closing(open_archive(context.obj())) as archive:
            function(archive, **options)

    return opened


@command.command()
@click.argument("paths", nargs=-1, required=True)
@reading_options
@click.option("--fresh", is_flag=True, help="Build a new index of these paths only, and swap it in when it is whole.")
@click.option("--again", is_flag=True, help="Read files too that have not changed since they were read.")
@click.option("--watch", is_flag=True, help="Go on: put in what is new or changed in these folders, as it comes.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="Processes that read, half as many write; 1: none but this.",
    show_default="one a core",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write each rejection to this file, as JSON Lines.",
)
@as_json
@click.pass_context
def ingest(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    mapping: tuple[str, ...],
    fresh: bool,
    again: bool,
    watch: bool,
    processes: int | None,
    report: Path | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Put articles in: folders, files, or - for standard input. What is there already is not put in again."""
    options = ReadOptions(mapping=_mapping(mapping), **reading)
    if watch and STANDARD_INPUT in paths:
        raise click.BadParameter("standard input cannot be watched: name files or folders", param_hint="--watch")
    with (
        closing(open_archive(context.obj(ingest_processes=processes))) as archive,
        Progress(quiet=as_json) as progress,
        RejectionLog(report, progress, quiet=as_json) as log,
        Interrupts() as asked,
    ):
        is_first = True  # `fresh` and `again` are for what is there at the start, not for what --watch finds later

        def ingest_files(paths: Sequence[str]) -> IngestReport:
            nonlocal is_first
            outcome = operations.ingest(
                archive,
                paths,
                options,
                today=date.today(),  # of each batch: --watch goes on for days
                fresh=fresh and is_first,
                again=again and is_first,
                on_rejection=log.write,
                on_progress=progress.show,
                should_stop=asked.to_stop,
            )
            is_first = False
            return outcome

        if watch:
            progress.say(f"Watching {', '.join(paths)}: Ctrl-C ends it.")
            operations.watch(
                paths,
                ingest_files=ingest_files,
                on_report=lambda outcome: print_batch(outcome, log, progress, as_json=as_json),
                on_rejection=log.write,
                on_wait=lambda reason: progress.say(f"Waiting: {reason}."),
                should_stop=asked.to_stop,
            )
            progress.say("No longer watching: what was read so far is in.")
            return
        outcome = ingest_files(paths)
    if as_json:
        print_json({**asdict(outcome), "rejections": [asdict(each) for each in log.kept]})
    else:
        print_report(outcome, log)
    if outcome.interrupted:
        raise click.exceptions.Exit(INTERRUPTED)
    if outcome.rejected:
        raise click.exceptions.Exit(LOOK_AT_IT)


def _mapping(pairs: Iterable[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(
                f"{pair!r}: write our field, =, and their name, as headline=title", param_hint="--map"
            )
    return dict(pair.split("=", 1) for pair in pairs)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@reading_options
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Articles of the file.")
@as_json
def inspect(file: Path, mapping: tuple[str, ...], limit: int, as_json: bool, **reading: Any) -> None:
    """Show what an importer sees in FILE, and what becomes of it: when an article comes out wrong. Puts nothing in."""
    options = ReadOptions(mapping=_mapping(mapping), **reading)
    inspection = inspect_file(file, options, today=date.today(), limit=limit)
    if as_json:
        print_json(asdict(inspection))
    else:
        print_inspection(inspection)
    if inspection.fault or any(seen.rejection for seen in inspection.seen):
        raise click.exceptions.Exit(LOOK_AT_IT)


@command.command()
@click.argument("text", default="")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FACET=VALUE",
    help="Only this value of a facet; FACET=-VALUE: not this one.",
)
@click.option(
    "--sort", type=click.Choice([sort.value for sort in Sort]), default=Sort.RELEVANCE.value, show_default=True
)
@click.option("--limit", type=click.IntRange(1, 200), default=10, show_default=True, help="Hits to print.")
@click.option("--exact", is_flag=True, help="The words as typed: no stems, no synonyms.")
@as_json
@with_archive
def search(
    archive: Archive, text: str, filters: tuple[str, ...], sort: str, limit: int, exact: bool, as_json: bool
) -> None:
    """Search the archive, as a reader would; see docs/query-language.md for what can be typed."""
    request = SearchRequest(filters=_filters(filters), sort=Sort(sort), limit=limit, exact=exact)
    answer = archive.search(text, request, today=date.today())
    if as_json:
        print_json(_answer_json(answer))
    else:
        print_answer(answer)
    if not answer.result.total.value:
        raise click.exceptions.Exit(LOOK_AT_IT)


def _filters(pairs: tuple[str, ...]) -> tuple[ValueFilter, ...]:
    known = {name: field.name for field in FACET_FIELDS for name in (field.name, field.parameter, *field.aliases)}
    chosen: dict[str, tuple[list[str], list[str]]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if name not in known or not equals or not value.removeprefix("-"):
            facets = ", ".join(field.name for field in FACET_FIELDS)
            raise click.BadParameter(f"{pair!r}: write FACET=VALUE, with a facet of {facets}", param_hint="--filter")
        chosen.setdefault(known[name], ([], []))[value.startswith("-")].append(value.removeprefix("-"))
    return tuple(
        ValueFilter(field=field, values=tuple(values), excluded=tuple(excluded))
        for field, (values, excluded) in chosen.items()
    )


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "total": answer.result.total.value,
        "tookMs": round(answer.result.took_ms, 3),
        "understood": answer.understood,
        "notices": [asdict(notice) for notice in answer.notices],
        "rewrites": [asdict(rewrite) for rewrite in answer.rewrites],
        "didYouMean": answer.did_you_mean,
        "results": [{**hit.article.to_json(), "score": hit.score} for hit in answer.result.hits],
    }


@command.command()
@click.argument("id")
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True, help="Stories in each part.")
@as_json
@with_archive
def related(archive: Archive, id: str, limit: int, as_json: bool) -> None:
    """More stories: background, what happened next, other angles, and copies of an article."""
    found = archive.related(id, limit=limit)
    parts = {part.name: getattr(found, part.name) for part in fields(Related)}
    if as_json:
        print_json({name: [_related_json(hit) for hit in hits] for name, hits in parts.items()})
        return
    titles = {"before": "Before", "after": "What happened next", "angles": "Other angles", "copies": "Copies"}
    for name, hits in parts.items():
        for index, hit in enumerate(hits):
            if index == 0:
                click.secho(titles[name], bold=True)
            why = ", ".join((*hit.shared_tags, *hit.shared_words))
            click.echo(f"  {day(hit.article)}  {hit.article.headline}  [{hit.article.id}]")
            click.secho(f"              {why}", dim=True)
    if not any(parts.values()):
        click.echo("Nothing in the archive is near to it.")
        raise click.exceptions.Exit(LOOK_AT_IT)


def _related_json(hit: RelatedHit) -> dict[str, Any]:
    values = asdict(hit)
    return {**values, "article": hit.article.to_json()}


@command.command()
@click.argument("text", default="")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write here instead of to standard output."
)
@click.option("--format", "format", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As --format jsonl.")
@with_archive
def export(archive: Archive, text: str, output: Path | None, format: str, as_json: bool) -> None:
    """Write out articles that TEXT finds, or all: as JSON Lines, which ingest reads back, or as CSV."""
    articles = operations.export(archive, text, today=date.today()) if text else archive.scan()
    count = 0
    with click.open_file(str(output) if output else "-", "w", encoding="utf-8", atomic=output is not None) as file:
        write = _csv_writer(file) if format == "csv" and not as_json else _jsonl_writer(file)
        for article in articles:
            write(article)
            count += 1
    click.echo(f"{count:,} article{'s' * (count != 1)} written", err=True)


def _jsonl_writer(file: Any) -> Callable[[Article], None]:  # Any: a text file, as click types it
    return lambda article: print(json.dumps(article.to_json(), ensure_ascii=False), file=file)


CSV_COLUMNS = (
    "id", "headline", "published_on", "publication", "section", "agency",
    "byline", "place", "tags", "language", "url", "body",
)  # fmt: skip


def _csv_writer(file: Any) -> Callable[[Article], None]:
    rows = csv.writer(file)
    rows.writerow(CSV_COLUMNS)

    def write(article: Article) -> None:
        values = article.to_json()
        values["tags"] = "; ".join(article.tags)
        rows.writerow([_no_formula(str(values.get(name, ""))) for name in CSV_COLUMNS])

    return write


def _no_formula(value: str) -> str:
    """The value as text in a spreadsheet, which would run a cell that begins with one of these signs as a formula."""
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t") else value


@command.command()
@as_json
@with_archive
def rebuild(archive: Archive, as_json: bool) -> None:
    """Build the index anew from its own articles, and swap it in: after a change of version or of languages."""
    with tqdm(unit=" articles", disable=as_json or not sys.stderr.isatty(), leave=False) as bar:
        count = operations.rebuild(archive, on_progress=lambda done: bar.update(done - bar.n))
    print_json({"articles": count}) if as_json else click.echo(f"rebuilt: {count:,} articles")


@command.command()
@as_json
@with_archive
def check(archive: Archive, as_json: bool) -> None:
    """Read the whole index and say what is wrong with it."""
    faults = operations.check(archive)
    if as_json:
        print_json({"faults": list(faults)})
    else:
        click.echo("\n".join(faults) or "The index is whole.")
    if faults:
        raise click.exceptions.Exit(LOOK_AT_IT)


@command.command()
@as_json
@with_archive
def status(archive: Archive, as_json: bool) -> None:
    """What is in the archive, and how large it is."""
    values = {name: value for name, value in asdict(archive.status()).items() if value not in ("", None)}
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        shown = (
            f"{value / 2**20:,.1f} MiB" if name == "size_bytes" else f"{value:,}" if isinstance(value, int) else value
        )
        click.echo(f"{name.removesuffix('_bytes').replace('_', ' '):10} {shown}")


@command.command("settings")
@as_json
@click.pass_context
def show_settings(context: click.Context, as_json: bool) -> None:
    """Every setting, its value here, and what it is for."""
    loaded: Settings = context.obj()
    if as_json:
        print_json({option.name: getattr(loaded, option.name) for option in fields(loaded)})
        return
    for option in fields(loaded):
        value = getattr(loaded, option.name)
        click.echo(f"{option.name} = {dict(value) if option.name == 'synonyms' else value}")
        click.secho(f"    {option.metadata['help']}", dim=True)


@command.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on; 0 takes a free one.")
@click.option("--workers", type=int, help="Processes to start.")
@click.option("--json", "as_json", is_flag=True, help="Print where it would serve, as JSON, and stop.")
@click.pass_context
def serve(context: click.Context, /, as_json: bool, **options: Any) -> None:
    """Serve the archive to browsers and programs."""
    # Imported here: other commands start sooner without Flask and gunicorn.
    from searchsvc.serving import serve as serve_forever

    settings: Settings = context.obj(**options)
    if as_json:
        print_json({"url": f"http://{settings.host}:{settings.port}", "workers": settings.workers})
        return
    serve_forever(settings)
