"""Messages of git hosts: only signed ones count, each once, and large ones pass."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from lively import LivelyServices
from starlette.testclient import TestClient

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


def test_a_large_one_passes_and_a_boundless_one_does_not(client: TestClient) -> None:
    assert sent(client, b"x" * 2**20)[0] == 202
    assert sent(client, b"x" * (25 * 2**20 + 1))[0] == 413


def test_other_addresses_keep_their_limit(client: TestClient) -> None:
    answer = client.post("/api/v1/runs", content=b"x" * 2**17, headers={"origin": ""})
    assert answer.status_code == 413
