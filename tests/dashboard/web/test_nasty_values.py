"""Every text that a stranger may send, in every place of the API that takes one (TRUST S-2)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
NASTY = (
    "",
    " ",
    "\0",
    "\ufeff",
    "\u202e\u2066",
    "a\u200db",
    "NaN",
    "Infinity",
    "-1",
    "1e999",
    str(2**63),
    "9" * 5000,
    "../../etc/passwd",
    "..%2f..%2f",
    "{{7*7}}",
    "${jndi:x}",
    "%s%n",
    "'; DROP TABLE job; --",
    "<script>alert(1)</script>",
    "true",
    "null",
    "[]",
    "ü" * 64,
    "\U0001f600",
)
ADDRESSES = (
    "/api/v1/m/{}",
    "/api/v1/m/{}/grid",
    "/api/v1/m/default/cells/{}/gpu",
    "/api/v1/m/default/cells/cloud-a/{}",
    "/api/v1/m/default/jobs/{}",
    "/api/v1/m/default/jobs/{}/cases",
    "/api/v1/m/default/jobs/{}/log",
    "/api/v1/m/default/runs/{}",
    "/api/v1/runners/{}",
    "/api/v1/m/default/jobs?site={}",
    "/api/v1/m/default/jobs?status={}",
    "/api/v1/m/default/jobs?run={}",
    "/api/v1/m/default/jobs?q={}",
    "/api/v1/m/default/jobs?page={}",
    "/api/v1/m/default/jobs/7/cases?q={}",
    "/api/v1/m/default/jobs/7/log?offset={}",
    "/api/v1/m/default/jobs/7/log?limit={}",
    "/api/v1/m/default/jobs/7/log?attempt={}",
    "/m/{}",
    "/m/default/cells/{}/{}",
    "/m/default/jobs/{}",
    "/m/default/jobs/7?q={}",
    "/m/default/jobs/7/log?q={}",
    "/m/default/jobs/7/log?line={}",
    "/m/default/runs/{}",
    "/runners/{}",
    "/theme?to={}&back={}",
    "/static/{}",
    "/assets/coevo-{}.css",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_text_in_any_address_breaks_the_server(client: TestClient, address: str) -> None:
    for text in NASTY:
        shown = address.replace("{}", quote(text, safe=""))
        for accept in ("application/json", "text/html"):
            answer = client.get(shown, headers={"accept": accept}, follow_redirects=False)
            assert answer.status_code < 500, (shown, answer.text)
            assert "<script>alert" not in answer.text, shown


@pytest.mark.parametrize("text", NASTY)
def test_no_text_in_a_body_breaks_the_server(client: TestClient, text: str) -> None:
    headers = {"authorization": "Bearer the-token"}
    for field in ("matrix", "select"):
        answer = client.post("/api/v1/runs", headers=headers, json={field: text})
        assert answer.status_code in {201, 404, 422}, answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"])
def test_a_method_that_is_not_there_is_refused(client: TestClient, method: str) -> None:
    for path in ("/", "/api/v1/grid", "/api/v1/runs", "/healthz"):
        assert client.request(method, path).status_code in {405, 403, 404, 200}
