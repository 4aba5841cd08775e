from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lively import LivelyServices
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from dashboard.web import safety
from dashboard.web.app import create_app

BEARER = {"authorization": "Bearer the-token"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8765", 200),
        ("localhost:8765", 200),
        ("LOCALHOST", 200),
        ("[::1]:8765", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8765", 421),
        ("[::1", 421),
        ("", 421),
        ("127.0.0.1@evil.example", 421),
    ],
)
def test_only_our_own_names_are_answered_to(client: TestClient, host: str, status: int) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == status


def test_a_name_that_was_given_is_answered_to() -> None:
    app = create_app(LivelyServices(hosts=frozenset({"ci.lab"})))
    with TestClient(app, base_url="http://ci.lab") as client:
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),
        ({"origin": "http://127.0.0.1:8765"}, False),
        ({"origin": "http://127.0.0.1:9999"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": "http://[::1"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
    ],
)
def test_a_change_from_a_foreign_page_is_refused(headers: dict[str, str], is_refused: bool) -> None:
    found = safety.refused("POST", Headers({"host": "127.0.0.1:8765", **headers}), safety.LOOPBACK)
    assert (found is not None) is is_refused


def test_reading_from_a_foreign_page_gives_its_script_nothing(client: TestClient) -> None:
    answer = client.get("/api/v1/grid", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/grid", "/static/icon.svg", "/nowhere", "/healthz", "/theme"]
)
def test_every_answer_binds_the_browser(client: TestClient, path: str) -> None:
    headers = client.get(path, follow_redirects=False).headers
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic the-token",
        "the-token",
        "Bearer ünicode",
    ],
)
def test_without_the_token_nothing_is_allowed(header: str | None) -> None:
    assert not safety.authorised(header, "the-token")


def test_the_token_is_taken_in_any_case_of_its_scheme() -> None:
    assert safety.authorised("bearer the-token", "the-token")


@given(st.text())
def test_no_text_but_the_token_is_the_token(text: str) -> None:
    assert safety.authorised(f"Bearer {text}", "the-token") == (text.strip() == "the-token")


@given(st.text())
def test_any_host_header_has_an_answer(host: str) -> None:
    assert isinstance(safety.host_name(host), str)


CHANGES = (
    "/api/v1/runs",
    "/api/v1/runs/12/cancel",
    "/api/v1/m/default/runs/12/cancel",
    "/api/v1/jobs/9/cancel",
    "/api/v1/m/default/jobs/9/cancel",
    "/api/v1/jobs/7/rerun",
    "/api/v1/m/default/jobs/7/rerun",
)


def test_the_list_of_changing_addresses_is_complete(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    changing = {path for path, methods in paths.items() if set(methods) - {"get"}}
    shaped = {"{run}": "12", "{job}": "9", "{matrix}": "default"}
    for name, value in shaped.items():
        changing = {path.replace(name, value) for path in changing}
    signed = {"/api/v1/hooks/git"}  # by a secret of its own: test_hooks.py
    assert changing - signed == {path.replace("/7/", "/9/") for path in CHANGES}


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}])
def test_a_change_without_the_token_changes_nothing(
    client: TestClient, services: LivelyServices, path: str, headers: dict[str, str]
) -> None:
    answer = client.post(path, headers=headers, json={})
    assert answer.status_code == 401
    assert answer.json()["hint"]
    assert answer.headers["www-authenticate"] == "Bearer"
    assert services.changed == []


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_from_a_foreign_page_changes_nothing_even_with_the_token(
    client: TestClient, services: LivelyServices, path: str
) -> None:
    answer = client.post(path, headers={**BEARER, "origin": "https://evil.example"}, json={})
    assert answer.status_code == 403
    assert services.changed == []


def test_a_body_that_is_too_large_is_not_read(client: TestClient) -> None:
    answer = client.post("/api/v1/runs", headers=BEARER, json={"select": "x" * 70_000})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["hint"] == "send less than 64 KiB"


@pytest.mark.parametrize("length", ["9" * 3_000, "1" + "0" * 17])
def test_a_body_that_is_said_to_be_endless_is_not_read(client: TestClient, length: str) -> None:
    answer = client.post("/api/v1/runs", headers={**BEARER, "content-length": length}, content=b"")
    assert answer.status_code == 413


def test_a_body_that_grows_too_large_on_the_way_is_refused(client: TestClient) -> None:
    pieces = (b"x" * 1024 for _ in range(70))
    answer = client.post("/api/v1/runs", headers=BEARER, content=pieces)
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["", "-1", "many", "\u00b2"])
def test_a_length_that_is_no_number_is_no_refusal(length: str) -> None:
    headers = Headers(raw=[(b"host", b"localhost"), (b"content-length", length.encode("latin-1"))])
    assert safety.refused("POST", headers, {"localhost"}) is None


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb", "/\\/e"]
)
def test_the_theme_switch_leads_nowhere_else(client: TestClient, back: str) -> None:
    answer = client.get("/theme", params={"to": "dark", "back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"
