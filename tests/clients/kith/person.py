"""Somebody with an account, signed in the way native clients do it (RFC 8252), who uses the REST API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from kith import pkce

# Nobody listens there: the code is read from the last redirect, as a native client reads it from the request.
LOOPBACK = "http://127.0.0.1:9/callback"


@dataclass
class Person:
    """One signed-in device of one account."""

    url: str
    token: str
    refresh_token: str
    user_id: str = ""

    def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        """One call of the API."""
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.request(method, f"{self.url}/api/v1{path}", headers=headers, json=body)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One call that must work; its body."""
        answer = self.call(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def befriend(self, other: Person) -> None:
        """Sends a friend request, which the other accepts."""
        code = other.ask("GET", "/me")["friend_code"]
        request = self.ask("POST", "/friend-requests", {"friend_code": code})
        other.ask("POST", f"/friend-requests/{request['id']}/accept")

    def direct(self, other: Person) -> str:
        """The id of the conversation with a friend."""
        conversation: str = self.ask("POST", "/conversations/direct", {"user_id": other.user_id})["id"]
        return conversation

    def send(self, conversation_id: str, text: str) -> Any:
        """Sends a message by REST; its entry."""
        return self.ask("POST", f"/conversations/{conversation_id}/messages", message(text))


def message(text: str) -> dict[str, object]:
    """The body of a send."""
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return {
        "client_msg_id": str(uuid.uuid4()),
        "client_time": now,
        "content": {"type": "text", "text": text},
    }


def sign_in(url: str, login_hint: str, provider: str = "dev") -> Person:
    """Signs in through `provider`; whoever is new there gets an account."""
    verifier, challenge = pkce.pair()
    query = {
        "redirect_uri": LOOPBACK,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "login_hint": login_hint,
        "device_name": "Test client",
    }
    with httpx.Client() as http:
        answer = http.get(f"{url}/auth/login/{provider}", params=query)
        while answer.is_redirect and not answer.headers["location"].startswith(LOOPBACK):
            answer = http.get(answer.url.join(answer.headers["location"]))
        assert answer.is_redirect, f"the sign-in ended at {answer.url}: {answer.status_code} {answer.text}"
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        body = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        tokens = http.post(f"{url}/auth/token", json=body)
    assert tokens.status_code == 200, tokens.text
    person = Person(url, tokens.json()["access_token"], tokens.json()["refresh_token"])
    person.user_id = person.ask("GET", "/me")["id"]
    return person
