"""stomp.py, over its WebSocket transport."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stomp
from stomp.adapter.ws import WSStompConnection
from stomp.utils import Frame

from kith.person import Person, message, sign_in
from kith.server import Server

SECONDS = 10
EVENTS = "/user/queue/events"


class Heard(stomp.ConnectionListener):
    """Keeps what the server said, by kind."""

    def __init__(self) -> None:
        self.messages: queue.Queue[Frame] = queue.Queue()
        self.receipts: queue.Queue[Frame] = queue.Queue()
        self.errors: queue.Queue[Frame] = queue.Queue()
        self.connected: queue.Queue[Frame] = queue.Queue()
        self.disconnected: queue.Queue[None] = queue.Queue()

    def on_connected(self, frame: Frame) -> None:
        self.connected.put(frame)

    def on_message(self, frame: Frame) -> None:
        self.messages.put(frame)

    def on_receipt(self, frame: Frame) -> None:
        self.receipts.put(frame)

    def on_error(self, frame: Frame) -> None:
        self.errors.put(frame)

    def on_disconnected(self) -> None:
        self.disconnected.put(None)

    def event(self, kind: str) -> tuple[dict[str, str], Any]:
        """The next event of a kind: its headers and body. Others before it are passed over."""
        while True:
            frame = self.messages.get(timeout=SECONDS)
            if frame.headers["event"] == kind:
                return frame.headers, json.loads(frame.body)

    def receipt(self, wanted: str) -> dict[str, str]:
        """The receipt of one frame."""
        headers: dict[str, str] = self.receipts.get(timeout=SECONDS).headers
        assert headers["receipt-id"] == wanted
        return headers


@contextmanager
def connection(server: Server, token: str, **options: Any) -> Iterator[tuple[WSStompConnection, Heard]]:
    """A connection after CONNECTED."""
    socket = WSStompConnection(
        [("127.0.0.1", server.port)],
        vhost="127.0.0.1",
        ws_path="/ws",
        header=["Sec-WebSocket-Protocol: v12.stomp"],
        reconnect_attempts_max=1,
        **options,
    )
    heard = Heard()
    socket.set_listener("heard", heard)
    socket.connect(wait=True, headers={"Authorization": f"Bearer {token}"})
    try:
        yield socket, heard
    finally:
        if socket.is_connected():
            socket.disconnect()


def send(socket: WSStompConnection, conversation_id: str, body: object, receipt: str) -> None:
    socket.send(
        f"/app/conversations/{conversation_id}/messages",
        json.dumps(body, ensure_ascii=False),
        content_type="application/json",
        receipt=receipt,
    )


@pytest.fixture(scope="module")
def friends(server: Server) -> tuple[Person, Person]:
    """Two people who may write to each other."""
    ada, ben = sign_in(server.url, "ada@example.test"), sign_in(server.url, "ben@example.test")
    ada.befriend(ben)
    return ada, ben


@pytest.mark.parametrize("binary", [False, True], ids=["text frames", "binary frames"])
def test_two_people_talk(server: Server, friends: tuple[Person, Person], binary: bool) -> None:
    ada, ben = friends
    conversation = ada.direct(ben)
    with (
        connection(server, ada.token, binary_mode=binary) as (ada_socket, ada_heard),
        connection(server, ben.token, binary_mode=binary) as (ben_socket, ben_heard),
    ):
        connected = ada_heard.connected.get(timeout=SECONDS).headers
        assert connected["version"] == "1.2"
        assert connected["user-id"] == ada.user_id
        assert {"session", "server", "device-id", "epoch", "server-time"} <= connected.keys()

        for socket, heard in [(ada_socket, ada_heard), (ben_socket, ben_heard)]:
            socket.subscribe(EVENTS, id="events", ack="auto", receipt="subscribed")
            heard.receipt("subscribed")

        body = message("Grüße: 你好 🎉 \\n is no line break")
        send(ada_socket, conversation, body, "sent")
        receipt = ada_heard.receipt("sent")
        for heard in [ada_heard, ben_heard]:
            headers, event = heard.event("entry")
            assert headers["subscription"] == "events"
            assert headers["destination"] == EVENTS
            assert headers["content-type"].startswith("application/json")
            assert event["type"] == "entry"
            assert (event["conversation_id"], str(event["seq"])) == (conversation, receipt["seq"])
            entry = event["entry"]
            assert (entry["id"], entry["server_time"]) == (receipt["message-id"], receipt["server-time"])
            assert (entry["sender_id"], entry["content"]) == (ada.user_id, body["content"])

        # The same send again is the same message: no second entry, and a receipt that says so.
        send(ada_socket, conversation, body, "again")
        assert ada_heard.receipt("again")["seq"] == receipt["seq"]
        send(ben_socket, conversation, message("and back"), "answered")
        answer = ben_heard.receipt("answered")
        for heard in [ada_heard, ben_heard]:
            assert str(heard.event("entry")[1]["seq"]) == answer["seq"]
        assert int(answer["seq"]) == int(receipt["seq"]) + 1

        ada_socket.disconnect(receipt="goodbye")
        ada_heard.receipt("goodbye")
        ada_heard.disconnected.get(timeout=SECONDS)
        assert ada_heard.errors.empty() and ben_heard.errors.empty()


def test_a_refused_send_leaves_the_socket_open(server: Server, friends: tuple[Person, Person]) -> None:
    ada, ben = friends
    stranger = sign_in(server.url, "stranger@example.test")
    with connection(server, stranger.token) as (socket, heard):
        socket.subscribe(EVENTS, id="events")
        send(socket, ada.direct(ben), message("let me in"), "refused")
        event = heard.event("error")[1]
        assert (event["type"], event["receipt"], event["code"]) == ("error", "refused", "not_found")
        socket.send("/app/presence", '{"state":"active"}', content_type="application/json", receipt="alive")
        heard.receipt("alive")


def test_heart_beats_are_agreed_on(server: Server, friends: tuple[Person, Person]) -> None:
    with connection(server, friends[0].token, heartbeats=(10_000, 10_000)) as (_, heard):
        sends, wants = heard.connected.get(timeout=SECONDS).headers["heart-beat"].split(",")
        assert 10_000 <= int(sends) <= 60_000
        assert 10_000 <= int(wants) <= 60_000


@pytest.mark.parametrize("token", ["", "x", "a.b.c"], ids=["none", "no token", "no good token"])
def test_a_bad_token_is_an_error_frame(server: Server, token: str) -> None:
    socket = WSStompConnection(
        [("127.0.0.1", server.port)],
        ws_path="/ws",
        header=["Sec-WebSocket-Protocol: v12.stomp"],
        vhost="127.0.0.1",
        reconnect_attempts_max=1,
    )
    heard = Heard()
    socket.set_listener("heard", heard)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with pytest.raises(stomp.exception.ConnectFailedException):
        socket.connect(wait=True, headers=headers)
    assert heard.errors.get(timeout=SECONDS).headers["code"] == "unauthenticated"
    heard.disconnected.get(timeout=SECONDS)
