"""PEERS: every engine that can be compared, ours first."""

from collections.abc import Iterable

from benchmarks.peers.base import Absent, Entry, Peer
from benchmarks.peers.embedded import EmbeddedPeer
from benchmarks.peers.fts5 import Fts5Peer
from benchmarks.peers.tantivy import TantivyPeer
from benchmarks.peers.whoosh import WhooshPeer
from benchmarks.peers.xapian import XapianPeer

OURS = "searchsvc"

PEERS: dict[str, Entry] = {
    entry.key: entry
    for entry in (
        Entry(OURS, EmbeddedPeer),
        Entry("tantivy", TantivyPeer),
        Entry("fts5", Fts5Peer),
        Entry("xapian", XapianPeer),
        Entry("whoosh", WhooshPeer),
    )
}


def present(keys: Iterable[str]) -> tuple[dict[str, Peer], dict[str, str]]:
    """Those of the peers that are here, and for each other one why it is not."""
    here: dict[str, Peer] = {}
    absent: dict[str, str] = {}
    for key in keys:
        try:
            here[key] = PEERS[key].make()
        except Absent as reason:
            absent[key] = str(reason)
    return here, absent
