"""The application over a small archive in memory."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from searchsvc.archive.archive import Archive
from searchsvc.engines.memory.engine import MemoryEngine
from searchsvc.settings import Settings
from searchsvc.web.app import create_app
from tests.web.archive import ARTICLES


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(title="Port Ellis Archive", timeout_ms=20_000)


@pytest.fixture(scope="session")
def archive(settings: Settings) -> Archive:
    return Archive(MemoryEngine(ARTICLES), settings)


@pytest.fixture(scope="session")
def app(settings: Settings, archive: Archive) -> Flask:
    return create_app(settings, archive)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client
