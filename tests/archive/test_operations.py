"""What an operator does to an archive."""

from datetime import date
from pathlib import Path

from searchsvc.archive.archive import Archive
from searchsvc.archive.operations import check, export, ingest, rebuild
from searchsvc.ingest.draft import Rejection
from searchsvc.model.request import DateFilter, SearchRequest
from tests.archive.samples import ARTICLES, TODAY, article, make_archive


def test_an_export_gives_every_article_once() -> None:
    many = [article(f"{i:04d}", "Same words", on=f"2015-09-{i % 28 + 1:02d}") for i in range(450)]
    assert sorted(a.id for a in export(make_archive(many), "same words", today=TODAY)) == [a.id for a in many]


def test_an_export_keeps_the_narrowing(archive: Archive) -> None:
    in_2015 = SearchRequest(dates=DateFilter(start=date(2015, 1, 1), end=date(2015, 12, 31)))
    assert [a.id for a in export(archive, "russia", in_2015, today=TODAY)] == ["1", "5"]


def test_ingest_reports_and_a_second_run_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "1", "headline": "Rain", "body": "It rained all day in the town.", "date": "2015-09-30"}\n'
        '{"id": "2", "head\n'
        '{"id": "3", "headline": "Sun", "body": "Then the sun came out again.", "date": "2015-10-01"}\n'
    )
    archive = make_archive(())
    rejections: list[Rejection] = []
    first = ingest(archive, [str(tmp_path)], on_rejection=rejections.append, today=TODAY)
    assert (first.added, first.rejected, first.archived) == (2, 1, 2)
    assert "line 2" in rejections[0].position
    second = ingest(archive, [str(tmp_path)], today=TODAY)
    assert (second.added, second.replaced, second.unchanged, second.archived) == (0, 0, 2, 2)


def test_rebuild_keeps_every_article_and_check_finds_no_fault(archive: Archive) -> None:
    assert rebuild(archive) == len(ARTICLES)
    assert archive.status().articles == len(ARTICLES)
    assert check(archive) == ()


def test_relative_dates_of_an_export_are_read_by_the_day_that_is_given(archive: Archive) -> None:
    assert [a.id for a in export(archive, "date:yesterday", today=date(2015, 10, 1))] == ["1"]


def test_dates_in_files_are_judged_by_the_day_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "headline": "Rain", "body": "It rained.", "date": "2015-09-30"}\n')
    archives = [make_archive(()) for _ in range(2)]
    days = (date(2015, 9, 30), date(2015, 9, 1))  # on the second the article is of the future: its date is not believed
    dates = []
    for archive, today in zip(archives, days, strict=True):
        ingest(archive, [str(tmp_path)], today=today)
        dates.append(archive.get("1").published_on)
    assert dates == [date(2015, 9, 30), None]
