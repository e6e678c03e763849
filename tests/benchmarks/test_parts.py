"""The parts of a run that start processes: indexing, opening, the command line, the server."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.building import build, first_answer_ms
from benchmarks.corpora import Corpus, make_articles, material_of, write_articles
from benchmarks.growing import commits_section, growth_section
from benchmarks.ingesting import ingest_section
from benchmarks.peers.base import Asked, Kind
from benchmarks.rendering import costs_of
from benchmarks.reporting import cost_table
from benchmarks.serving import http_section, query_text
from searchsvc.web.search_state import SearchState
from tests.benchmarks.test_corpora import RECORDS

COUNT = 300


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    path = tmp_path_factory.mktemp("corpus") / "part-0000.jsonl.gz"
    write_articles(path, islice(make_articles(material_of(RECORDS, made_up=0.7), 0), COUNT))
    return Corpus("test", COUNT, (path,))


@pytest.mark.parametrize("engine", ["searchsvc", "fts5"])
def test_an_index_is_used_again_as_long_as_nothing_changed(engine: str, corpus: Corpus, tmp_path: Path) -> None:
    folder, built = build(corpus, engine, tmp_path)
    assert built.articles == COUNT
    assert built.seconds > 0
    assert built.peak_mib > built.added_mib > 0
    assert 0 < built.own_mib < built.peak_mib
    assert built.size_bytes == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert build(corpus, engine, tmp_path) == (folder, built)
    assert first_answer_ms(engine, folder, "river") > 0


def test_a_real_archive_goes_through_the_command_line(corpus: Corpus, tmp_path: Path) -> None:
    said = ingest_section([corpus.files[0]], tmp_path / "index", memory_mb=300)
    assert said["articles"] == COUNT
    assert said["rejected"] == 0
    assert said["peak_mib"] > said["own_mib"] > 10
    assert said["processor_seconds"] > 0


def test_pages_are_asked_for_over_http(corpus: Corpus, tmp_path: Path) -> None:
    folder, _ = build(corpus, "searchsvc", tmp_path)
    asked = [Asked(kind=Kind.TERM, words=("river",)), Asked(kind=Kind.PHRASE, words=("ferry", "sailed"))]
    served = http_section(folder, asked, seconds=0.3)
    assert [(each["path"], each["connections"]) for each in served["loads"]] == [
        (path, connections) for path in ("/search", "/api/v1/search") for connections in (1, 8, 32)
    ]
    assert all(each["pages"] > 0 and 0 < each["p50"] <= each["p95"] for each in served["loads"])


def test_the_parts_of_a_page_add_up_to_what_it_costs(corpus: Corpus, tmp_path: Path) -> None:
    folder, _ = build(corpus, "searchsvc", tmp_path)
    costs = costs_of("test", folder, ["river", '"ferry sailed"'], rounds=2)
    assert [each.path for each in costs] == ["/search", "/api/v1/search"]
    for cost in costs:
        assert all(spent > 0 for spent in cost.parts.values())
        assert cost.beside == pytest.approx(sum(cost.parts.values()) - cost.parts["engine"])
    assert isinstance(vars(SearchState)["read"], classmethod)  # the watch is taken off
    assert "/api/v1/search" in cost_table([asdict(cost) for cost in costs])


def test_growth_is_told_of_each_size(tmp_path: Path) -> None:
    corpora = []
    for count in (300, 600):
        path = tmp_path / f"{count}.jsonl.gz"
        write_articles(path, islice(make_articles(material_of(RECORDS, made_up=0.9), 0), count))
        corpora.append(Corpus(f"test-{count}", count, (path,)))
    sizes = growth_section(corpora, ["searchsvc", "fts5"], tmp_path, rounds=1)
    assert [each["articles"] for each in sizes] == [300, 600]
    for each in sizes:
        assert set(each["common"]) == set(each["rare"]) == set(each["builds"]) == {"searchsvc", "fts5"}


def test_many_commits_are_told_of_each_number(corpus: Corpus, tmp_path: Path) -> None:
    runs = commits_section(corpus, ["searchsvc", "fts5"], tmp_path, rounds=1, commits=(1, 3))
    assert [run["commits"] for run in runs] == [1, 3]
    for run in runs:
        assert len(run["classes"]) == 15
        assert not any(each["left_out"] for each in run["classes"])


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Kind.ALL, "oil gas"), (Kind.ANY, "oil OR gas"), (Kind.PHRASE, '"oil gas"'), (Kind.TERM, "oil gas")],
)
def test_a_question_is_typed_as_a_reader_would(kind: Kind, text: str) -> None:
    assert query_text(Asked(kind=kind, words=("oil", "gas"))) == text
