"""Texts come back as they were put in, from blocks that are kept unpacked as far as there is room."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from searchsvc.docvalues.storage import ArrayFile, ArrayWriter, ColumnsDamaged
from searchsvc.engines.embedded.columns import document_store
from searchsvc.engines.embedded.columns.document_store import BLOCK_BYTES, DocumentStore, DocumentStoreWriter
from searchsvc.engines.embedded.kernels.lru_cache import LruCache

TEXTS = [f'{{"id":"{number}","body":"{"rain " * (number % 700)}"}}'.encode() for number in range(500)]


def store_of(path: Path, texts: list[bytes]) -> DocumentStore:
    file = ArrayWriter(path)
    writer = DocumentStoreWriter(file)
    for text in texts:
        writer.add(text)
    file.finish(writer.arrays(), {})
    return DocumentStore(ArrayFile(path))


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The blocks that were unpacked, in order."""
    blocks: list[int] = []
    whole = DocumentStore.texts

    def texts(self: DocumentStore, block: int) -> list[bytes]:
        blocks.append(block)
        return whole(self, block)

    monkeypatch.setattr(DocumentStore, "texts", texts)
    return blocks


def test_texts_come_back(tmp_path: Path) -> None:
    store = store_of(tmp_path / "arrays", TEXTS)
    assert len(list(store.blocks)) > 10
    for _ in range(2):
        assert [store.text(docid) for docid in range(len(TEXTS))] == TEXTS


def test_a_block_is_unpacked_once(tmp_path: Path, unpacked: list[int]) -> None:
    store = store_of(tmp_path / "arrays", TEXTS)
    for docid in (3, 4, 3, 499, 3):
        store.text(docid)
    assert unpacked == [0, len(list(store.blocks)) - 1]


def test_blocks_are_kept_up_to_a_limit(tmp_path: Path, unpacked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    cache = LruCache(8 * BLOCK_BYTES)
    monkeypatch.setattr(document_store, "_kept", cache)
    store = store_of(tmp_path / "arrays", TEXTS)
    for docid in range(len(TEXTS)):
        store.text(docid)
    assert cache._held <= 8 * BLOCK_BYTES
    before = len(unpacked)
    store.text(len(TEXTS) - 1)
    assert len(unpacked) == before
    store.text(0)
    assert len(unpacked) == before + 1


def test_stores_do_not_mix_up_their_blocks(tmp_path: Path) -> None:
    stores = [store_of(tmp_path / f"arrays{number}", TEXTS[number:]) for number in range(3)]
    for docid in range(50):
        assert [store.text(docid) for store in stores] == TEXTS[docid : docid + 3]


def test_threads_may_share_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_store, "_kept", LruCache(5 * BLOCK_BYTES))
    store = store_of(tmp_path / "arrays", TEXTS)
    asked = [number * 7919 % len(TEXTS) for number in range(2000)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(store.text, asked)) == [TEXTS[docid] for docid in asked]


def test_a_block_of_too_few_texts_is_damage(tmp_path: Path) -> None:
    compressed = store_of(tmp_path / "arrays", TEXTS[:3]).compressed(0)
    file = ArrayWriter(tmp_path / "wrong")
    writer = DocumentStoreWriter(file)
    writer.add_block(compressed, 4)
    file.finish(writer.arrays(), {})
    store = DocumentStore(ArrayFile(tmp_path / "wrong"))
    assert store.text(2) == TEXTS[2]
    for _ in range(2):
        with pytest.raises(ColumnsDamaged):
            store.text(3)
