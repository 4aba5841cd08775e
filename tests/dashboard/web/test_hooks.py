"""Messages of git hosts: only signed ones count, each once, and large ones pass."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from lively import LivelyServices
from starlette.testclient import TestClient
from visited import page

from orchestrator.messages import Kind

SECRET = "a secret between two"
BODY = b'{"ref": "refs/heads/main"}'


@pytest.fixture(autouse=True)
def secret(services: LivelyServices) -> None:
    services.hook_secret = SECRET


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sent(client: TestClient, body: bytes = BODY, **changed: str) -> tuple[int, dict[str, object]]:
    headers = {
        "x-hub-signature-256": signature(body),
        "x-github-delivery": "72d3162e",
        "x-github-event": "push",
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    answer = client.post("/api/v1/hooks/git", content=body, headers=headers)
    return answer.status_code, answer.json()


def test_a_signed_message_is_taken(client: TestClient, services: LivelyServices) -> None:
    status, answer = sent(client)
    assert (status, answer["known"]) == (202, False)
    assert services.changed == ["received 72d3162e"]


def test_one_that_comes_again_is_taken_once(client: TestClient, services: LivelyServices) -> None:
    sent(client)
    status, answer = sent(client)
    assert (status, answer["known"]) == (202, True)
    assert services.changed == ["received 72d3162e"]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "sha256=",
        signature(BODY, "another secret"),
        signature(b"another body"),
        signature(BODY).removeprefix("sha256="),
        signature(BODY).replace("sha256", "sha1"),
    ],
)
def test_one_that_is_not_signed_with_our_secret_is_refused(
    client: TestClient, services: LivelyServices, wrong: str
) -> None:
    status, answer = sent(client, x_hub_signature_256=wrong)
    assert status == 401
    assert "hook-secret" in str(answer)
    assert services.changed == []


def test_a_server_without_a_secret_takes_none(client: TestClient, services: LivelyServices) -> None:
    services.hook_secret = ""
    status, answer = sent(client, x_hub_signature_256=signature(BODY, ""))
    assert status == 404
    assert "hook-secret" in str(answer)


def test_one_without_an_id_could_not_be_told_from_others(client: TestClient) -> None:
    assert sent(client, x_github_delivery="")[0] == 422


def test_gitlab_sends_the_secret_itself(client: TestClient, services: LivelyServices) -> None:
    theirs = {"x-gitlab-event": "Push Hook", "x-gitlab-event-uuid": "13792a34"}
    for token, expected in ((SECRET, 202), (SECRET + "x", 401), ("", 401)):
        headers = theirs | {"x-gitlab-token": token}
        answer = client.post("/api/v1/hooks/git", content=BODY, headers=headers)
        assert answer.status_code == expected
    (message,) = services.messages
    assert (message.delivery, message.event, message.kind) == ("13792a34", "Push Hook", Kind.PUSH)


def test_one_that_gitlab_sends_again_has_the_same_key(
    client: TestClient, services: LivelyServices
) -> None:
    theirs = {"x-gitlab-event": "Push Hook", "x-gitlab-token": SECRET, "idempotency-key": "k1"}
    for number in ("1", "2"):
        headers = theirs | {"x-gitlab-event-uuid": number}
        client.post("/api/v1/hooks/git", content=BODY, headers=headers)
    assert [one.delivery for one in services.messages] == ["k1"]


def test_what_is_ignored_is_taken_and_answered_with_the_reason(client: TestClient) -> None:
    status, answer = sent(client, b"payload=%7B%7D")
    assert status == 202
    assert "choose the content type application/json" in str(answer["ignored"])


def test_the_list_of_messages_tells_what_became_of_each(client: TestClient) -> None:
    answer = client.get("/api/v1/hooks/deliveries").json()
    waiting, followed, ignored, vain = answer["deliveries"]
    assert (waiting["pending"], waiting["runs"]) == (True, [])
    assert followed["runs"] == [
        {"matrix": "default", "run": 12},
        {"matrix": "default", "run": 11},
    ]
    assert ignored["reason"] == "no trigger looks at this repository"
    assert (vain["reason"], vain["pending"], vain["runs"]) == ("", False, [])
    assert client.get("/api/v1/hooks/deliveries?page=2").json()["deliveries"] == []


def test_the_page_of_runs_tells_them_beside_the_triggers(
    client: TestClient, services: LivelyServices
) -> None:
    found = page(client, "/m/default/runs")
    assert "Messages of git hosts" in found.text
    assert "no run: no trigger looks at this repository" in found.text
    assert "waits for a look" in found.text
    assert "nothing new" in found.text
    assert list(found.all("a", href="/m/default/runs/11"))
    assert "needs-rebase &lt;i&gt;" in client.get("/m/default/runs").text
    services.all_deliveries = ()
    services.happen()
    assert "Messages of git hosts" not in page(client, "/m/default/runs").text


def test_a_large_one_passes_and_a_boundless_one_does_not(client: TestClient) -> None:
    assert sent(client, b"x" * 2**20)[0] == 202
    assert sent(client, b"x" * (25 * 2**20 + 1))[0] == 413


def test_other_addresses_keep_their_limit(client: TestClient) -> None:
    answer = client.post("/api/v1/runs", content=b"x" * 2**17, headers={"origin": ""})
    assert answer.status_code == 413
