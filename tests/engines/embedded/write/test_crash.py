"""A full disk and a killed writer: whatever the moment, the last commit is whole, and nothing is left lying about."""

import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from searchsvc.engines.embedded.engine import EmbeddedEngine
from searchsvc.model.query import Phrase, Term
from searchsvc.model.request import FacetRequest
from tests.engines.embedded.conftest import OpenEngine
from tests.engines.samples import ids, request_of, story

ROOT = Path(__file__).parents[4]
OF_A_COMMIT = 6  # articles that a commit replaces


def start(program: str, *arguments: object) -> "subprocess.Popen[str]":
    """Another process; it has signals and files of its own."""
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


# --- a full disk ------------------------------------------------------------------------------------------------------

# As many bytes a file as the last argument says: a write beyond is an error then, as on a full disk.
FULL = """
    import random, resource, signal, sys
    from pathlib import Path
    from searchsvc.engines.embedded.write import merge_policy
    from searchsvc.engines.embedded.engine import EmbeddedEngine
    from searchsvc.errors import EngineError
    from searchsvc.model.article import Article, ArticleId
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    merge_policy.MAX_SEGMENTS = int(sys.argv[2])
    engine = EmbeddedEngine(Path(sys.argv[1]))
    chance = random.Random(1)
    try:
        with engine.writer() as writer:
            for number in range(20):
                words = " ".join(str(chance.random())[2:] for _ in range(200))
                writer.put(Article(id=ArticleId(f"new-{number}"), headline="Hail", body=words))
            if sys.argv[4] == "flushed":
                writer._flush()
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    except EngineError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(error, "|", error.hint)
        print(*sorted(article.id for article in engine.scan()))
"""


@pytest.mark.parametrize(
    ("segments", "limits", "moment"),
    [(100, (0, 3, 5_000, 50_000), "buffered"), (1, (150_000,), "buffered"), (100, (0, 100), "flushed")],
    ids=["at a flush", "at a merge", "at a commit"],
)
def test_a_full_disk_leaves_the_last_commit_and_nothing_else(
    open_engine: OpenEngine,
    index_dir: Path,
    segments: int,
    limits: tuple[int, ...],
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    monkeypatch.setattr("searchsvc.engines.embedded.write.merge_policy.MAX_SEGMENTS", 100)
    chance = random.Random(2)
    for id in ("1", "2", "3"):
        words = " ".join(str(chance.random())[2:] for _ in range(3_000))
        with open_engine().writer() as writer:
            writer.put(story(id, "Rain", words))
    before = {path: path.read_bytes() for path in index_dir.rglob("*") if path.is_file() and path.name != "write.lock"}
    for limit in limits:
        with start(FULL, index_dir, segments, limit, moment) as process:
            output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        error, live = output.splitlines()
        assert error.startswith(f"the index in {index_dir} cannot be written: "), limit
        assert error.endswith("see to the disk; what was committed is safe")
        assert live == "1 2 3"
        after = {
            path: path.read_bytes() for path in index_dir.rglob("*") if path.is_file() and path.name != "write.lock"
        }
        assert after == before, limit
    assert ids(open_engine(), Term("rain")) == ["1", "2", "3"]
    with open_engine().writer() as writer:
        writer.put(story("4", "Rain"))
    assert len(ids(open_engine(), Term("rain"))) == 4


def test_a_disk_that_is_full_from_the_beginning_is_named_and_no_build_is_left(tmp_path: Path) -> None:
    program = FULL.replace(
        "    try:", "    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\n    try:", 1
    )
    program = program.replace("print(*sorted", "print(*[] and sorted")
    with start(program, tmp_path / "index", 10, 0, "buffered") as process:
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert output.startswith("the index in")
    assert "cannot be written" in output
    assert [entry.name for entry in (tmp_path / "index").iterdir()] == ["write.lock"]


# --- a killed writer --------------------------------------------------------------------------------------------------

# Each commit replaces some articles, deletes one, and says so before and after; its number is in each headline.
LOOP = """
    import random, sys
    from pathlib import Path
    from searchsvc.engines.embedded.write import buffer, memory_budget, worker_processes
    from searchsvc.engines.embedded.engine import EmbeddedEngine
    from searchsvc.model.article import Article, ArticleId
    buffer.CHUNK_BYTES, memory_budget.MIN_TOKENS, memory_budget.FLUSH_BYTES = 1, 150, 10**12
    worker_processes.START_BYTES = -1
    engine = EmbeddedEngine(Path(sys.argv[1]))
    number, count = int(sys.argv[2]), int(sys.argv[3])
    while True:
        with engine.writer(processes=int(sys.argv[4])) as writer:
            for _ in range(3):
                number += 1
                for n in range(count):
                    id = ArticleId(str((number * 7 + n) % 40))
                    body = f"Rain fell on Kent for number{number}. " * 9
                    writer.put(Article(id=id, headline=f"Commit {number}", body=body, tags=("Wet",)))
                writer.delete(ArticleId(str(number % 40)))
                print("begin", number, flush=True)
                writer.commit()
                print("done", number, flush=True)
"""


def expected(number: int) -> dict[str, str]:
    """The articles after the commit of this number, and their headlines."""
    found: dict[str, str] = {}
    for each in range(1, number + 1):
        for n in range(OF_A_COMMIT):
            found[str((each * 7 + n) % 40)] = f"Commit {each}"
        found.pop(str(each % 40), None)
    return found


@pytest.mark.parametrize(("processes", "kills"), [(1, 25), (2, 5)])
def test_a_writer_killed_at_any_moment_leaves_exactly_a_commit(index_dir: Path, processes: int, kills: int) -> None:
    """Its worker processes end with it."""
    chance = random.Random(5)
    committed = 0
    for kill in range(kills):
        with start(LOOP, index_dir, committed, OF_A_COMMIT, processes) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(chance.randrange(1, 6))]
            time.sleep(chance.random() * 0.03)
            process.send_signal(signal.SIGKILL)
            rest, _ = process.communicate(timeout=60)
        said = [line.split() for line in "".join([*lines, rest]).splitlines(keepends=True) if line.endswith("\n")]
        done = max((int(number) for word, number in said if word == "done"), default=committed)
        begun = max((int(number) for word, number in said if word == "begin"), default=committed)
        if not any(index_dir.glob("CURRENT")):
            continue
        engine = EmbeddedEngine(index_dir)
        found = {str(article.id): article.headline for article in engine.scan()}
        (committed,) = [number for number in range(done, begun + 1) if expected(number) == found] or [-1]
        assert committed >= 0, f"after kill {kill}: neither commit {done} nor {begun}"
        result = engine.search(request_of(Phrase("fell on kent"), facets=(FacetRequest(field="tag"),)))
        assert result.total.value == len(found) == result.facets["tag"].buckets[0].count
        newest = [id for id, headline in found.items() if headline == f"Commit {committed}"]
        assert set(ids(engine, Term(f"number{committed}"))) == set(newest)
        engine.close()
    assert committed > kills // processes
    engine = EmbeddedEngine(index_dir)
    with engine.writer():
        pass
    (build,) = [entry for entry in index_dir.iterdir() if entry.is_dir()]
    names = [entry.name for entry in build.iterdir()]
    segments = [name.removesuffix(".arrays") for name in names if name.endswith(".arrays")]
    assert len(segments) == engine.status().segments
    assert sorted(name for name in names if not name.endswith(".arrays")) == sorted(
        ["meta.json", f"_MAIN_{engine.status().commit.rpartition('-')[2]}.toc"] + [f"{name}.valid" for name in segments]
    )
    engine.close()
