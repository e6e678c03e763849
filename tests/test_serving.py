"""`searchsvc serve`, run as a process: it answers over HTTP, sees what another puts in, and stops when told to."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]
START_S = 60  # a shared machine may be busy
SEEN_WITHIN_S = 30


def command(index: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "searchsvc", "--index-dir", str(index), *words]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def server(index: Path) -> Iterator[subprocess.Popen[str]]:
    """Two worker processes on a free port, over an index that is not there yet."""
    process = subprocess.Popen(
        command(index, "serve", "--port", "0", "--workers", "2"), cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "SEARCHSVC_TIMEOUT_MS": "20000"},
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout:
        yield process
        process.kill()
        process.wait(START_S)


def test_it_serves_what_is_put_in_meanwhile_and_stops_when_told_to(
    server: subprocess.Popen[str], index: Path, tmp_path: Path
) -> None:
    assert server.stdout is not None
    says = server.stdout.readline()
    assert "with 2 worker processes" in says
    address = says.split()[2]
    assert answer(f"{address}/healthz") == (200, {"status": "alive"})
    code, readiness = answer(f"{address}/readyz")
    assert (code, readiness["status"]) == (503, "not ready")

    records = tmp_path / "news.jsonl"
    records.write_text(json.dumps({"headline": "Ferry sails", "text": "It sailed at noon."}), "utf-8")
    subprocess.run(command(index, "ingest", str(records)), cwd=ROOT, check=True, capture_output=True, timeout=START_S)
    until = time.monotonic() + SEEN_WITHIN_S
    while (found := answer(f"{address}/api/v1/search?q=ferry"))[0] == 503 and time.monotonic() < until:
        time.sleep(0.1)
    assert found[0] == 200
    assert found[1]["response"]["total"] == 1

    server.terminate()
    assert server.wait(START_S) == 0


def answer(address: str) -> tuple[int, Any]:  # Any: JSON
    """Status and JSON of an answer, whatever the status is."""
    try:
        with urlopen(address, timeout=START_S) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
