"""Serving: pages over HTTP from `searchsvc serve` with two worker processes, as readers and programs ask for them.

The client is light (raw sockets, one coroutine a connection, a connection kept as long as the server keeps it), but it
runs on the same machine: what it takes, the server lacks.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from benchmarks.corpora import HERE
from benchmarks.peers.base import Asked, Kind
from benchmarks.reporting import percentile
from searchsvc.errors import EngineError

WORKERS = 2
CONNECTIONS = (1, 8, 32)
PATHS = {"/search": "/search?q=", "/api/v1/search": "/api/v1/search?q="}
PATIENT_MS = 60_000  # nothing measured is cut short


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many connections, each asking again as soon as it has its answer."""

    path: str
    connections: int
    pages: int
    rate: float  # pages a second
    p50: float  # milliseconds
    p95: float


def http_section(index: Path, asked: Sequence[Asked], *, seconds: float) -> dict[str, Any]:  # Any: JSON
    """Each path under each number of connections, for so many seconds."""
    texts = [query_text(one) for one in asked]
    command = [sys.executable, "-m", "searchsvc", "--index-dir", str(index), "serve"]
    server = subprocess.Popen(
        [*command, "--port", "0", "--workers", str(WORKERS)],
        cwd=HERE, stdout=subprocess.PIPE, text=True, env={**os.environ, "SEARCHSVC_TIMEOUT_MS": str(PATIENT_MS)},
    )  # fmt: skip
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline().split("http://127.0.0.1:")[1].split()[0])
        loads = []
        for name, start in PATHS.items():
            targets = [start + quote_plus(text) for text in texts]
            load(port, name, targets, connections=4, seconds=min(2.0, seconds))  # workers meet the words
            loads += [
                load(port, name, targets, connections=connections, seconds=seconds) for connections in CONNECTIONS
            ]
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()
    return {"workers": WORKERS, "seconds": seconds, "queries": len(texts), "loads": [asdict(each) for each in loads]}


def query_text(asked: Asked) -> str:
    """As a reader types it.

    >>> query_text(Asked(kind=Kind.ANY, words=("oil", "gas")))
    'oil OR gas'
    """
    match asked.kind:
        case Kind.ANY:
            return " OR ".join(asked.words)
        case Kind.PHRASE:
            return f'"{" ".join(asked.words)}"'
        case _:
            return " ".join(asked.words)


def load(port: int, name: str, targets: Sequence[str], *, connections: int, seconds: float) -> Load:
    """Ask for pages for so many seconds, in a thread of its own: the caller's may have a loop of events already."""
    taken: list[float] = []

    async def ask() -> None:
        until = time.perf_counter() + seconds
        starts = _spread(len(targets), connections)
        await asyncio.gather(*(_read_on(port, [*targets[at:], *targets[:at]], until, taken) for at in starts))

    started = time.perf_counter()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(ask())).result()
    spent = time.perf_counter() - started
    return Load(
        path=name,
        connections=connections,
        pages=len(taken),
        rate=len(taken) / spent,
        p50=percentile(taken, 50),
        p95=percentile(taken, 95),
    )


def _spread(size: int, parts: int) -> list[int]:
    """Where each of the readers begins in the list."""
    return [size * part // parts for part in range(parts)]


async def _read_on(port: int, targets: Sequence[str], until: float, taken: list[float]) -> None:
    """Ask for one target after the other until the time has come; milliseconds of each into `taken`."""
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    at = 0
    while time.perf_counter() < until:
        before = time.perf_counter()
        if connection is None:
            connection = await asyncio.open_connection("127.0.0.1", port)
        kept = await _fetch(*connection, targets[at % len(targets)])
        taken.append((time.perf_counter() - before) * 1000)
        if not kept:
            connection[1].close()
            connection = None
        at += 1
    if connection is not None:
        connection[1].close()


async def _fetch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str) -> bool:
    """One answer, read to its end; whether the connection can be used again."""
    writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise EngineError(f"{target}: {head.splitlines()[0].decode()}")
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    if lengths:
        await reader.readexactly(int(lengths[0]))
        return b"connection: close" not in head
    await reader.read()
    return False
