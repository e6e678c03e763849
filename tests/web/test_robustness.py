"""Whatever is asked, the answer is one of ours: found, refused, or not there; never a fault."""

from urllib.parse import urlencode

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searchsvc.web.parameters import PARAMETERS

NAMES = st.sampled_from([parameter.name for parameter in PARAMETERS]) | st.text(max_size=8)
VALUES = st.text(max_size=20) | st.sampled_from(
    ["0", "-1", "2015", "9999", "0000", "2015-09", "2015-02-31", "none", "all", "true", "newest", "-", "\\", "-\\-"]
)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=5).map(lambda pairs: urlencode(pairs, errors="surrogatepass"))
RAW = st.binary(max_size=30).map(lambda raw: raw.decode("latin-1"))

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


@relaxed
@given(query=QUERIES | RAW)
def test_no_query_string_is_a_fault(app: Flask, query: str) -> None:
    client = app.test_client()
    # As servers hand it over: bytes, each as the character of its number.
    environ = {"QUERY_STRING": query.encode("latin-1", "replace").decode("latin-1")}
    for path in ("/search", "/search.atom"):
        assert client.get(path, environ_overrides=environ).status_code in (200, 400)
    response = client.get("/api/v1/search", environ_overrides=environ)
    assert response.status_code in (200, 400)
    if response.status_code == 400:
        assert response.get_json()["detail"]


@relaxed
@given(id=st.text(max_size=12))
def test_no_id_is_a_fault(app: Flask, id: str) -> None:
    client = app.test_client()
    for path in ("/articles/", "/api/v1/articles/"):
        assert client.get(path + id.replace("?", "%3F").replace("#", "%23")).status_code in (200, 302, 400, 404)


@relaxed
@given(text=st.text(max_size=60), day=st.text(max_size=12) | st.just("2015"))
def test_no_draft_is_a_fault(app: Flask, text: str, day: str) -> None:
    client = app.test_client()
    assert client.post("/related", data={"text": text, "date": day}).status_code in (200, 400)
    assert client.post("/api/v1/related", json={"text": text, "date": day}).status_code in (200, 400)
