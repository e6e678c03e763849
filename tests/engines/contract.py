"""What every engine promises (`engines.contract`), as tests: an engine's own test module subclasses EngineContract.

It gives the fixture `make_engine`: a function from articles to an engine that has them. Not for speed, nor for how an
engine keeps its files.
"""

from datetime import UTC, datetime

import pytest

from searchsvc.engines.contract import Engine, Outcome
from searchsvc.errors import ArticleNotFound, IndexLocked
from searchsvc.model.article import ArticleId
from searchsvc.model.query import Or, Term
from searchsvc.model.result import RelatedHit
from searchsvc.model.versions import Version
from tests.engines.contract_of_search import MakeEngine, SearchContract
from tests.engines.samples import ARCHIVE, FLOOD, NOISE, ids, request_of, story

__all__ = ["EngineContract", "MakeEngine"]


class EngineContract(SearchContract):
    """All promises; a subclass gives `make_engine`."""

    # -- reading and writing -----------------------------------------------------------------------------------------

    def test_get_gives_the_article_as_it_was_put(self, engine: Engine) -> None:
        assert [engine.get(article.id) for article in ARCHIVE] == list(ARCHIVE)
        with pytest.raises(ArticleNotFound):
            engine.get(ArticleId("nowhere"))

    def test_scan_yields_each_live_article_once(self, engine: Engine) -> None:
        with engine.writer() as writer:
            writer.put(story("raids", "New"))
            writer.delete(ArticleId("pit"))
            writer.put(story("more", "More"))
        scanned = sorted(engine.scan(), key=lambda article: article.id)
        assert [article.id for article in scanned] == ["budget", "claim", "greve", "letter", "more", "raids"]
        assert scanned[-1].headline == "New"

    def test_put_adds_replaces_or_leaves(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain"), story("2", "Snow")])
        with engine.writer() as writer:
            assert writer.put(story("1", "Rain")) is Outcome.UNCHANGED
            assert writer.put(story("2", "Hail")) is Outcome.REPLACED
            assert writer.put(story("3", "Wind")) is Outcome.ADDED
            assert writer.put(story("3", "Wind")) is Outcome.UNCHANGED
            assert writer.put(story("3", "Storm")) is Outcome.REPLACED
            assert writer.delete(ArticleId("4")) is False
            assert writer.delete(ArticleId("1")) is True
            assert writer.delete(ArticleId("1")) is False
            assert writer.put(story("1", "Fog")) is Outcome.ADDED
        assert {article.id: article.headline for article in engine.scan()} == {"1": "Fog", "2": "Hail", "3": "Storm"}
        assert ids(engine, Or((Term("rain"), Term("snow"), Term("wind")))) == []
        assert engine.status().articles == 3

    def test_a_writer_says_which_version_is_there(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain", revision=3), story("2", "Snow")])
        at = datetime(2015, 9, 30, 14, 5, tzinfo=UTC)
        with engine.writer() as writer:
            assert writer.kept_version(ArticleId("1")) == Version(3)
            assert writer.kept_version(ArticleId("2")) == Version()
            assert writer.kept_version(ArticleId("3")) is None
            writer.put(story("1", "Rain", revision=4))
            writer.put(story("3", "Hail", revised_at=at))
            writer.put(story("4", "Fog", revision=1))
            assert writer.kept_version(ArticleId("1")) == Version(4)
            assert writer.kept_version(ArticleId("3")) == Version(0, at)
            writer.put(story("4", "Fog"))
            assert writer.kept_version(ArticleId("4")) == Version()
            writer.delete(ArticleId("3"))
            assert writer.kept_version(ArticleId("3")) is None
            writer.commit()
            assert writer.kept_version(ArticleId("1")) == Version(4)
            assert writer.put(story("1", "Rain", revision=5)) is Outcome.REPLACED  # the same text, yet to be remembered
        assert engine.get(ArticleId("1")).version == Version(5)

    def test_what_is_not_committed_is_not_seen(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])
        with engine.writer() as writer:
            writer.put(story("2", "Rain"))
            assert ids(engine) == ["1"]
            writer.commit()
            assert sorted(ids(engine)) == ["1", "2"]
            writer.delete(ArticleId("1"))
            assert sorted(ids(engine)) == ["1", "2"]
        assert ids(engine) == ["2"]

    def test_after_an_error_what_was_committed_stays_and_the_rest_is_gone(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])

        def fail() -> None:
            with engine.writer() as writer:
                writer.put(story("2", "Snow"))
                writer.commit()
                writer.put(story("3", "Hail"))
                writer.delete(ArticleId("1"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert sorted(ids(engine)) == ["1", "2"]
        with engine.writer() as writer:
            writer.put(story("4", "Fog"))
        assert sorted(ids(engine)) == ["1", "2", "4"]

    def test_a_fresh_build_replaces_the_live_one_on_success(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])
        with engine.writer(fresh=True) as writer:
            writer.put(story("2", "Snow"))
            writer.commit()
            assert ids(engine) == ["1"]
        assert ids(engine) == ["2"]

        def fail() -> None:
            with engine.writer(fresh=True) as writer:
                writer.put(story("3", "Hail"))
                writer.commit()
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert ids(engine) == ["2"]

    def test_a_second_writer_is_refused_while_one_is_at_work(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1")])
        with engine.writer(), pytest.raises(IndexLocked):
            engine.writer()
        with engine.writer() as writer:
            writer.put(story("2"))
        assert len(ids(engine)) == 2

    def test_the_commit_names_the_snapshot(self, make_engine: MakeEngine) -> None:
        engine = make_engine([story("1", "Rain")])
        before = engine.search(request_of()).commit
        assert before
        assert engine.search(request_of(Term("rain"))).commit == before == engine.status().commit
        with engine.writer() as writer:
            writer.put(story("2", "Snow"))
        after = engine.search(request_of()).commit
        assert after != before
        with engine.writer() as writer:
            writer.put(story("2", "Snow"))
        assert engine.search(request_of()).commit == after  # nothing was written

    def test_status_counts_live_articles(self, engine: Engine) -> None:
        with engine.writer() as writer:
            writer.delete(ArticleId("pit"))
        status = engine.status()
        assert (status.articles, status.engine) == (len(ARCHIVE) - 1, engine.name)
        assert status.made_at is not None

    # -- completing and correcting -----------------------------------------------------------------------------------

    def test_suggestions_begin_with_what_is_typed(self, engine: Engine) -> None:
        found = {(s.kind, s.text, s.count) for s in engine.suggest("sta")}
        assert found == {("tag", "State", 1), ("tag", "Islamic State", 2), ("term", "state", 4)}
        assert [s.text for s in engine.suggest("STA") if s.kind == "tag"] == ["State", "Islamic State"]

    def test_a_headline_is_suggested_by_any_of_its_words(self, engine: Engine) -> None:
        found = [s for s in engine.suggest("launches ai") if s.kind == "headline"]
        assert [(s.text, s.article_id) for s in found] == [("Russia launches air strikes in Syria", "raids")]
        assert engine.suggest("unches") == ()

    def test_there_are_no_more_suggestions_than_asked(self, engine: Engine) -> None:
        for limit in (0, 1, 2, 3, 5):
            assert len(engine.suggest("s", limit=limit)) == limit
        assert engine.suggest("zzz") == ()
        assert engine.suggest("  ") == ()

    def test_a_misspelt_word_is_corrected(self, engine: Engine) -> None:
        assert engine.spell("syira")[0].word == "syria"
        assert engine.spell("misers")[0].word == "miners"
        assert "syria" not in [c.word for c in engine.spell("syria")]
        assert all(c.count >= 1 for c in engine.spell("stake"))
        assert len(engine.spell("tha", limit=1)) == 1
        assert engine.spell("qqqqqqqq") == engine.spell("–") == ()

    def test_document_frequency_counts_live_articles_by_word_or_stem(self, engine: Engine) -> None:
        asked = ("strike", "union", "U.S.", "nowhere", "–")
        assert [engine.document_frequency(word) for word in asked] == [3, 3, 3, 0, 0]
        with engine.writer() as writer:
            writer.delete(ArticleId("letter"))
        assert engine.document_frequency("strike") == 2

    # -- more stories ------------------------------------------------------------------------------------------------

    def test_more_stories_are_before_after_and_of_the_same_days(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        related = engine.related(FLOOD[0])
        assert [hit.article.id for hit in related.before] == ["dam"]
        assert [hit.article.id for hit in related.after] == ["repair"]
        assert {hit.article.id for hit in related.angles} == {"ferry", "undated"}
        assert [hit.article.id for hit in related.copies] == ["copy"]
        assert [hit.days for hit in related.before + related.after] == [-50, 90]
        assert {hit.article.id: hit.days for hit in related.angles} == {"ferry": 1, "undated": None}

    def test_more_stories_say_why(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        related = engine.related(FLOOD[0])
        shown: tuple[RelatedHit, ...] = related.before + related.after + related.angles + related.copies
        assert shown
        text = f"{FLOOD[0].headline} {FLOOD[0].body} {' '.join(FLOOD[0].tags)}"
        for hit in shown:
            assert hit.shared_words or hit.shared_tags
            assert len(hit.shared_words) <= 5
            assert all(word in text for word in hit.shared_words)
            assert set(hit.shared_tags) <= set(FLOOD[0].tags)
        assert next(hit for hit in shown if hit.article.id == "ferry").shared_tags == ("Orlby",)

    def test_an_article_is_never_among_its_own_more_stories(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        for article in FLOOD + NOISE:
            related = engine.related(article)
            parts = (related.before, related.after, related.angles, related.copies)
            assert article.id not in [hit.article.id for part in parts for hit in part]

    def test_a_draft_that_is_not_archived_finds_its_background(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        draft = story(
            "draft", "Orlby bridge reopens", "The bridge over the Orl was closed since the flood.", on="2016-07-01"
        )
        related = engine.related(draft, limit=2)
        assert 1 <= len(related.before) <= 2
        assert related.after == ()

    def test_nothing_is_related_to_an_article_that_shares_nothing(self, make_engine: MakeEngine) -> None:
        engine = make_engine(FLOOD + NOISE)
        related = engine.related(story("odd", "Zyx wvu", "Tsrq ponm lkji."))
        assert (related.before, related.after, related.angles, related.copies) == ((), (), (), ())

    def test_more_stories_can_be_of_some_languages_only(self, make_engine: MakeEngine) -> None:
        engine = make_engine(
            [*FLOOD, *NOISE, story("fr", "Orlby: le pont Orl", "Orlby Orl bridge flood", language="fr")]
        )
        assert "fr" in [hit.article.id for hit in engine.related(FLOOD[0]).angles]
        assert "fr" not in [hit.article.id for hit in engine.related(FLOOD[0], languages=("en",)).angles]
