"""The command line, run as a process: what it prints, and exit codes that a script can use."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from searchsvc.archive.archive import open_archive
from searchsvc.settings import Settings

ROOT = Path(__file__).parents[1]


def run(*words: str, index: Path, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "searchsvc", "--index-dir", str(index), *words],
        input=stdin, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environ},
    )  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo archive, ingested by the command."""
    index = tmp_path_factory.mktemp("index")
    done = run("ingest", str(ROOT / "examples" / "archive"), "--json", index=index)
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout)["added"] == 89
    return index


def test_a_second_ingest_adds_nothing(index: Path) -> None:
    done = run("ingest", str(ROOT / "examples" / "archive"), "--json", index=index)
    report = json.loads(done.stdout)
    assert (report["added"], report["replaced"], report["unchanged"]) == (0, 0, 89)


def test_search_prints_headlines_and_fragments(index: Path) -> None:
    done = run("search", "russia syria", index=index)
    assert done.returncode == 0
    assert "Syria" in done.stdout
    assert "articles in" in done.stdout


def test_search_that_finds_nothing_exits_with_1(index: Path) -> None:
    assert run("search", "xyzzy", index=index).returncode == 1


def test_search_narrows_by_facet_and_sorts(index: Path) -> None:
    done = run("search", "", "--filter", "language=fr", "--sort", "oldest", "--json", index=index)
    results = json.loads(done.stdout)["results"]
    assert len(results) == 8
    assert all(result["language"] == "fr" for result in results)
    assert [result["published_on"] for result in results] == sorted(result["published_on"] for result in results)


def test_a_filter_on_no_facet_names_the_facets(index: Path) -> None:
    done = run("search", "x", "--filter", "colour=red", index=index)
    assert done.returncode == 2
    assert "section" in done.stderr


def test_related_explains_itself(index: Path) -> None:
    hit = json.loads(run("search", "russia syria", "--json", index=index).stdout)["results"][0]
    done = run("related", hit["id"], "--json", index=index)
    assert done.returncode == 0
    parts = json.loads(done.stdout)
    assert parts["before"] or parts["after"] or parts["angles"]
    assert hit["id"] not in done.stdout.replace("before", "")


def test_related_of_no_article_exits_with_1(index: Path) -> None:
    done = run("related", "no-such-id", index=index)
    assert done.returncode == 1
    assert "no-such-id" in done.stderr


def test_an_export_can_be_ingested_again_and_is_the_same(index: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    assert run("export", "--output", str(first), index=index).returncode == 0
    assert run("ingest", str(first), index=tmp_path / "copy").returncode == 0
    assert run("export", "--output", str(second), index=tmp_path / "copy").returncode == 0
    assert sorted(first.read_text("utf-8").splitlines()) == sorted(second.read_text("utf-8").splitlines())


def test_export_writes_csv_of_what_a_search_finds(index: Path) -> None:
    done = run("export", "philae", "--format", "csv", index=index)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) >= 5
    assert all("hilae" in row["headline"] + row["body"] + row["tags"] for row in rows)


def test_status_check_and_rebuild(index: Path) -> None:
    assert json.loads(run("status", "--json", index=index).stdout)["articles"] == 89
    done = run("check", index=index)
    assert (done.returncode, done.stdout.strip()) == (0, "The index is whole.")
    assert json.loads(run("rebuild", "--json", index=index).stdout) == {"articles": 89}


def test_without_an_index_the_hint_says_what_to_do(tmp_path: Path) -> None:
    done = run("search", "russia", index=tmp_path / "none")
    assert done.returncode == 3
    assert "searchsvc ingest" in done.stderr
    assert "Traceback" not in done.stderr


def test_standard_input_is_a_source(tmp_path: Path) -> None:
    line = json.dumps({"headline": "Rain", "body": "It rained all day in the town.", "date": "2015-09-30"})
    done = run("ingest", "-", "--format", "jsonl", "--json", index=tmp_path, stdin=line)
    assert json.loads(done.stdout)["added"] == 1


def test_rejections_are_said_and_written_and_exit_with_1(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"headline": "Rain", "body": "It rained."}\n{"headli\n')
    done = run("ingest", str(tmp_path / "bad.jsonl"), "--report", str(tmp_path / "r.jsonl"), index=tmp_path / "i")
    assert done.returncode == 1
    assert "bad.jsonl, line 2" in done.stderr
    assert json.loads((tmp_path / "r.jsonl").read_text())["position"] == "line 2"


def test_inspect_shows_what_was_seen_and_what_becomes_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"title": "Ra\\u001b[2Jin", "text": "It rained.", "when": "2015-09-30"}\n{"title": "Sn\n')
    done = run("inspect", str(path), "--map", "date=when", index=tmp_path / "none")
    assert done.returncode == 1
    assert "read as jsonl" in done.stdout
    assert "← title" in done.stdout
    assert "\x1b" not in done.stdout
    assert "rejected: not JSON: it breaks off" in done.stdout
    values = json.loads(run("inspect", str(path), "--limit", "1", "--json", index=tmp_path / "none").stdout)
    assert values["seen"][0]["origins"]["headline"] == "title"
    assert values["seen"][0]["article"]["headline"] == "Ra[2Jin"
    assert values["is_cut"]
    assert not (tmp_path / "none").exists()


def test_an_unknown_setting_names_the_near_one(tmp_path: Path) -> None:
    done = run("status", index=tmp_path, SEARCHSVC_TIMEOUT="1")
    assert done.returncode == 2
    assert "did you mean 'timeout_ms'?" in done.stderr


def test_every_command_prints_json_and_help() -> None:
    from searchsvc.cli import command

    for name, part in command.commands.items():
        assert part.help, name
        assert any("--json" in option.opts for option in part.params), name


def test_settings_are_shown_with_their_help(tmp_path: Path) -> None:
    assert json.loads(run("settings", "--json", index=tmp_path).stdout)["index_dir"] == str(tmp_path)
    assert "hits on a page" in run("settings", index=tmp_path).stdout


def test_an_interrupted_ingest_keeps_what_was_read_and_the_same_command_goes_on(tmp_path: Path) -> None:
    records = [{"id": f"{i}", "headline": f"Story {i}", "body": f"It was day {i}. " * 60} for i in range(6_000)]
    source = tmp_path / "many.jsonl"
    source.write_text("\n".join(map(json.dumps, records)))
    command = [sys.executable, "-m", "searchsvc", "--index-dir", str(tmp_path / "index"), "ingest", str(source)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode == 130, out + err
    went_in = 0
    if "added" in out:  # it had begun: what was read is in, and readers find it
        assert "to go on" in err
        went_in = json.loads(run("status", "--json", index=tmp_path / "index").stdout)["articles"]
    done = json.loads(run("ingest", str(source), "--json", index=tmp_path / "index").stdout)
    assert (done["added"], done["unchanged"], done["archived"]) == (6_000 - went_in, went_in, 6_000)


def test_an_ingest_of_several_processes_can_be_interrupted_and_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in range(220):
        records = [{"id": f"{name}-{i}", "headline": f"Story {i}", "body": f"Day {i}. " * 60} for i in range(10)]
        (folder / f"{name:03d}.jsonl").write_text("\n".join(map(json.dumps, records)))
        os.utime(folder / f"{name:03d}.jsonl", (1e9, 1e9))
    words = ("--index-dir", str(tmp_path / "index"), "ingest", str(folder), "--processes", "2")
    process = subprocess.Popen(
        [sys.executable, "-m", "searchsvc", *words], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    time.sleep(3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to the workers too
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode == 130, out + err
    went_in = 0
    if "added" in out:
        assert "to go on" in err
        went_in = json.loads(run("status", "--json", index=tmp_path / "index").stdout)["articles"]
    again = json.loads(run("ingest", str(folder), "--json", index=tmp_path / "index").stdout)
    assert (again["added"], again["unchanged"], again["archived"]) == (2_200 - went_in, went_in, 2_200)
    assert again["skipped"] == went_in // 10
    third = json.loads(run("ingest", str(folder), "--json", index=tmp_path / "index").stdout)
    assert (third["skipped"], third["unchanged"]) == (220, 2_200)


def test_an_ingest_killed_outright_leaves_an_index_that_can_be_gone_on_with(tmp_path: Path) -> None:
    source = tmp_path / "many.jsonl"
    records = [{"id": f"{i}", "headline": f"Story {i}", "body": f"It was day {i}. " * 160} for i in range(2_000)]
    source.write_text("\n".join(map(json.dumps, records)))
    command = [sys.executable, "-m", "searchsvc", "--index-dir", str(tmp_path / "index"), "ingest", str(source)]
    process = subprocess.Popen([*command, "--processes", "2"], cwd=ROOT)
    time.sleep(3)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers = children.read_text().split() if children.exists() else []
    process.kill()
    process.wait()
    done = json.loads(run("ingest", str(source), "--json", index=tmp_path / "index").stdout)
    assert done["archived"] == 2_000
    assert run("check", index=tmp_path / "index").returncode == 0
    assert not [pid for pid in workers if Path(f"/proc/{pid}/cmdline").exists()]  # nobody wants to know any more


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    with open_archive(Settings(index_dir=tmp_path)).engine.writer():
        done = run("ingest", str(ROOT / "examples" / "archive"), index=tmp_path)
    assert done.returncode == 3
    assert "wait until it is done" in done.stderr


def test_a_closed_pipe_is_no_error(index: Path) -> None:
    command = f"{sys.executable} -m searchsvc --index-dir {index} export | head -c 100"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert len(done.stdout) == 100
