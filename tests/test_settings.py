"""Settings come from defaults, file, environment and command line, in that order; mistakes name the next step."""

import dataclasses
from pathlib import Path

import pytest

from searchsvc.errors import SettingsError
from searchsvc.settings import Settings


def test_every_option_has_help() -> None:
    assert all(option.metadata["help"] for option in dataclasses.fields(Settings))


def test_the_later_place_wins(tmp_path: Path) -> None:
    (tmp_path / "searchsvc.toml").write_text('port = 1\nworkers = 3\ntitle = "File"')
    settings = Settings.load(
        root=tmp_path, environ={"SEARCHSVC_PORT": "2", "SEARCHSVC_TITLE": "Environment"}, overrides={"port": 5}
    )
    assert (settings.port, settings.title, settings.workers) == (5, "Environment", 3)


def test_a_relative_index_lives_in_the_project(tmp_path: Path) -> None:
    assert Settings.load(root=tmp_path, environ={}).index_dir == tmp_path / "index"
    assert Settings.load(root=tmp_path, environ={"SEARCHSVC_INDEX_DIR": "/var/x"}).index_dir == Path("/var/x")


def test_synonyms_are_a_table_of_words(tmp_path: Path) -> None:
    (tmp_path / "searchsvc.toml").write_text('[synonyms]\nUS = ["U.S.", "United States"]\nEU = "European Union"')
    synonyms = Settings.load(root=tmp_path, environ={}).synonyms
    assert dict(synonyms) == {"US": ("U.S.", "United States"), "EU": ("European Union",)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 8000", "did you mean 'port'?"),
        ('port = "many"', "give a whole number from 0 to 65535"),
        ("port = 65536", "give a whole number from 0 to 65535"),
        ("port = true", "give a whole number"),
        ("port = 1.5", "give a whole number"),
        ("title = 3", "on every page"),
        ("synonyms = 3", "searched together"),
        ("[synonyms]\nUS = [1]", "write: US = "),
        ("port = ", "mend the file"),
        ("zzzzzz = 1", "searchsvc settings"),
    ],
)
def test_a_mistake_is_an_error_with_a_hint(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "searchsvc.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        Settings.load(root=tmp_path, environ={})
    assert says in caught.value.hint
    assert "searchsvc.toml" in str(caught.value)


def test_a_file_that_is_no_text_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "searchsvc.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"searchsvc\.toml"):
        Settings.load(root=tmp_path, environ={})


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        Settings.load(root=tmp_path, environ={"SEARCHSVC_CONFIG": str(tmp_path / "other.toml")})


def test_the_environment_is_named_in_its_mistakes() -> None:
    with pytest.raises(SettingsError, match="SEARCHSVC_WORKERS"):
        Settings.load(environ={"SEARCHSVC_WORKERS": "0"})
