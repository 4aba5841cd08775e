"""Messages of git hosts to the server of a scene, and what became of them."""

from __future__ import annotations

from trigger_scene import Scene

from orchestrator.messages import DeliveryView, Kind, Message, Receipt

READY = '{pull_requests: toy, labels: [ready, "ready-*"], every: 1h}'


def push(scene: Scene, reference: str = "refs/heads/main", delivery: str = "p1") -> Message:
    return Message(delivery, "push", Kind.PUSH, (scene.repository.url,), reference)


def request(
    scene: Scene, number: int, *labels: str, is_open: bool = True, delivery: str = "r1"
) -> Message:
    where, reference = (scene.repository.url,), f"refs/pull/{number}/head"
    return Message(
        delivery, "pull_request", Kind.REQUEST, where, reference, labels, is_open=is_open
    )


def told(scene: Scene, message: Message) -> Receipt:
    assert scene.answers is not None
    return scene.answers.received(message)


def listed(scene: Scene) -> tuple[DeliveryView, ...]:
    assert scene.answers is not None
    return scene.answers.deliveries(0, 10)
