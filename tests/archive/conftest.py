import pytest

from searchsvc.archive.archive import Archive
from tests.archive.samples import make_archive


@pytest.fixture
def archive() -> Archive:
    return make_archive()
