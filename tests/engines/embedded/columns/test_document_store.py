"""Texts come back as they were added; decompressed blocks are cached up to a limit."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
def decompressed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The blocks that are decompressed from now on, in order."""
    blocks: list[int] = []
    real = DocumentStore.texts

    def texts(self: DocumentStore, block: int) -> list[bytes]:
        blocks.append(block)
        return real(self, block)

    monkeypatch.setattr(DocumentStore, "texts", texts)
    return blocks


def test_texts_come_back(tmp_path: Path) -> None:
    store = store_of(tmp_path / "arrays", TEXTS)
    assert len(list(store.blocks)) > 10
    for _ in range(2):
        assert [store.text(docid) for docid in range(len(TEXTS))] == TEXTS


def test_a_cached_block_is_not_decompressed_again(tmp_path: Path, decompressed: list[int]) -> None:
    store = store_of(tmp_path / "arrays", TEXTS)
    for docid in (3, 4, 3, 499, 3):
        store.text(docid)
    assert decompressed == [0, len(list(store.blocks)) - 1]


def test_the_cache_of_blocks_is_bounded(
    tmp_path: Path, decompressed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = LruCache(8 * BLOCK_BYTES)
    monkeypatch.setattr(document_store, "_block_cache", cache)
    store = store_of(tmp_path / "arrays", TEXTS)
    for docid in range(len(TEXTS)):
        store.text(docid)
    assert cache._held <= 8 * BLOCK_BYTES
    before = len(decompressed)
    store.text(len(TEXTS) - 1)
    assert len(decompressed) == before
    store.text(0)
    assert len(decompressed) == before + 1


def test_stores_do_not_share_their_blocks(tmp_path: Path) -> None:
    stores = [store_of(tmp_path / f"arrays{number}", TEXTS[number:]) for number in range(3)]
    for docid in range(50):
        assert [store.text(docid) for store in stores] == TEXTS[docid : docid + 3]


def test_threads_may_share_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_store, "_block_cache", LruCache(5 * BLOCK_BYTES))
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


@given(sizes=st.lists(st.sampled_from((1, 100, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES)), max_size=12))
def test_blocks_copied_between_texts_keep_the_order_of_documents(sizes: list[int]) -> None:
    texts = [b"%d" % (number % 10) * size for number, size in enumerate(sizes)]
    with TemporaryDirectory() as folder:
        source = store_of(Path(folder, "source"), texts)
        file = ArrayWriter(Path(folder, "copy"))
        writer = DocumentStoreWriter(file)
        for block, first, end in source.blocks:
            writer.add(b"before")
            writer.add_block(source.compressed(block), end - first)
        file.finish(writer.arrays(), {})
        copy = DocumentStore(ArrayFile(Path(folder, "copy")))
        expected = [text for _, first, end in source.blocks for text in (b"before", *texts[first:end])]
        assert [copy.text(docid) for docid in range(len(expected))] == expected


def test_a_damaged_block_is_named(tmp_path: Path) -> None:
    file = ArrayWriter(tmp_path / "wrong")
    writer = DocumentStoreWriter(file)
    writer.add_block(b"no Zstandard frame", 1)
    file.finish(writer.arrays(), {})
    with pytest.raises(ColumnsDamaged, match="cannot be decompressed"):
        DocumentStore(ArrayFile(tmp_path / "wrong")).text(0)
