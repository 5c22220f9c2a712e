"""Sign-in through an OpenID provider by other hands, as browsers do it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from kith.person import sign_in
from kith.provider import CLIENTS, Provider
from kith.server import Server

PENDING_SECONDS = 600


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that knows the provider, and the provider it."""
    server = Server(tmp_path_factory.mktemp("kith"), provider.settings(), clock=True)
    server.start()
    provider.serve(server.url)
    yield server
    assert server.stop() == 0, server.log.read_text()


class Browser:
    """A cookie jar that follows redirects one by one."""

    def __init__(self, server: Server, provider: Provider) -> None:
        self.server = server
        self.provider = provider
        self.http = httpx.Client()

    def begin(self, hint: str, client: str = "ES256", **query: str) -> httpx.URL:
        """Begins a sign-in; the provider's address to go to."""
        path = f"{self.server.url}/auth/login/{client.lower()}"
        answer = self.http.get(path, params={"login_hint": hint, **query})
        assert answer.status_code == 302, answer.text
        return httpx.URL(answer.headers["location"])

    def at_provider(self, address: httpx.URL) -> httpx.URL:
        """Walks through the provider; the callback it sends the browser to."""
        while not str(address).startswith(self.server.url):
            answer = self.http.get(address)
            assert answer.is_redirect, f"{address}: {answer.status_code} {answer.text}"
            address = address.join(answer.headers["location"])
        return address

    def finish(self, callback: httpx.URL) -> str:
        """Comes back; the page it ends on."""
        answer = self.http.get(callback)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def sign_in(self, hint: str, client: str = "ES256", **query: str) -> str:
        """All of it."""
        return self.finish(self.at_provider(self.begin(hint, client, **query)))

    def me(self) -> Any:
        """The account that this browser is signed in to."""
        headers = {"origin": self.server.url}
        tokens = self.http.post(f"{self.server.url}/auth/refresh", headers=headers, json={})
        assert tokens.status_code == 200, tokens.text
        assert "refresh_token" not in tokens.json(), "a browser's is out of the reach of its scripts"
        token = tokens.json()["access_token"]
        return self.http.get(f"{self.server.url}/api/v1/me", headers={"authorization": f"Bearer {token}"}).json()

    def is_signed_in(self) -> bool:
        return any(cookie.name == "kith-refresh" for cookie in self.http.cookies.jar)


@pytest.fixture
def browser(server: Server, provider: Provider) -> Iterator[Callable[[], Browser]]:
    """Makes browsers."""
    browsers: list[Browser] = []

    def make() -> Browser:
        browsers.append(Browser(server, provider))
        return browsers[-1]

    yield make
    for made in browsers:
        made.http.close()


def query(url: httpx.URL | str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(str(url)).query).items()}


def test_the_providers_are_offered(server: Server) -> None:
    offered = httpx.get(f"{server.url}/auth/providers").json()
    assert {provider["id"] for provider in offered} == {"dev", "rs256", "es256", "eddsa"}
    assert {"id": "es256", "name": "Foreign ES256"} in offered


def test_the_request_is_bound_to_one_browser_and_one_sign_in(
    browser: Callable[[], Browser], provider: Provider
) -> None:
    first, second = (query(browser().begin("ada")) for _ in range(2))
    for asked in (first, second):
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "email", "profile"}
        assert asked["login_hint"] == "ada"
        assert "max_age" not in asked
    for secret in ("state", "nonce", "code_challenge"):
        assert len(first[secret]) >= 43
        assert first[secret] != second[secret]
    address = browser().begin("ada")
    assert str(address).startswith(provider.issuer)


@pytest.mark.parametrize("client", CLIENTS)
def test_an_account_is_made_once(browser: Callable[[], Browser], client: str) -> None:
    first, second = browser(), browser()
    assert first.sign_in(f"new-{client}", client, return_to="/friends?x=1") == "/friends?x=1"
    me = first.me()
    assert me["username"] == f"Foreign new-{client}"
    assert second.sign_in(f"new-{client}", client) == "/"
    assert second.me()["id"] == me["id"]
    other = browser()
    other.sign_in(f"other-{client}", client)
    assert other.me()["id"] != me["id"]


def test_the_same_address_is_not_the_same_person(browser: Callable[[], Browser], server: Server) -> None:
    ada, second = browser(), browser()
    ada.sign_in("ada")
    second.sign_in("ada.second")
    by_dev = sign_in(server.url, "ada@example.test")
    assert len({ada.me()["id"], second.me()["id"], by_dev.user_id}) == 3


def test_native_clients_sign_in_through_it_too(browser: Callable[[], Browser], server: Server) -> None:
    web = browser()
    web.sign_in("native")
    assert sign_in(server.url, "native", "es256").user_id == web.me()["id"]


def test_a_fresh_sign_in_asks_again(browser: Callable[[], Browser]) -> None:
    visitor = browser()
    visitor.sign_in("ada")
    usual = visitor.http.get(visitor.begin("ada"))
    assert "/auth/callback/" in usual.headers["location"], "the provider remembers this browser"

    address = visitor.begin("ada", reauth="1", return_to="/settings")
    assert query(address)["max_age"] == "0"
    asked = visitor.http.get(address)
    assert "/interaction/" in asked.headers["location"], "and asks nevertheless"
    assert visitor.finish(visitor.at_provider(address.join(asked.headers["location"]))) == "/settings"

    # `max_age` travels through the browser, where it can be taken out: then the provider lets the old sign-in pass.
    stale = visitor.begin("ada", reauth="1")
    kept = {name: value for name, value in query(stale).items() if name not in ("max_age", "prompt", "claims")}
    callback = visitor.at_provider(stale.copy_with(query=urlencode(kept).encode()))
    assert visitor.finish(callback) == "/sign-in?error=provider_invalid"


@pytest.mark.parametrize(
    ("hint", "error"),
    [("deny", "provider_refused"), ("unverified", "email_unverified")],
)
def test_refused_at_the_provider(browser: Callable[[], Browser], hint: str, error: str) -> None:
    visitor = browser()
    assert visitor.sign_in(hint) == f"/sign-in?error={error}"
    assert not visitor.is_signed_in()


def without(callback: httpx.URL, name: str) -> httpx.URL:
    return callback.copy_remove_param(name)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda callback: without(callback, "state"), "invalid_state"),
        (lambda callback: callback.copy_set_param("state", "A" * 43), "invalid_state"),
        (lambda callback: callback.copy_add_param("state", "A" * 43), "invalid_state"),
        (lambda callback: httpx.URL(str(callback).replace("/es256?", "/rs256?")), "invalid_state"),
        (lambda callback: httpx.URL(str(callback).replace("/es256?", "/nobody?")), "unknown_provider"),
        (lambda callback: without(callback, "code"), "invalid_callback"),
        (lambda callback: callback.copy_set_param("code", "A" * 43), "provider_invalid"),
    ],
    ids=["no state", "another state", "two states", "another provider", "no provider", "no code", "another code"],
)
def test_a_forged_callback(
    browser: Callable[[], Browser], change: Callable[[httpx.URL], httpx.URL], error: str
) -> None:
    visitor = browser()
    callback = visitor.at_provider(visitor.begin("ada"))
    assert visitor.finish(change(callback)) == f"/sign-in?error={error}"
    assert not visitor.is_signed_in()


def test_another_browsers_callback(browser: Callable[[], Browser]) -> None:
    victim, thief = browser(), browser()
    callback = thief.at_provider(thief.begin("thief"))
    assert victim.finish(callback) == "/sign-in?error=invalid_state", "without a sign-in of its own"
    callback = thief.at_provider(thief.begin("thief"))
    victim.begin("ada")
    assert victim.finish(callback) == "/sign-in?error=invalid_state", "in the middle of one"
    assert not victim.is_signed_in()


def test_a_callback_twice(browser: Callable[[], Browser]) -> None:
    visitor = browser()
    callback = visitor.at_provider(visitor.begin("ada"))
    secret = visitor.http.cookies["kith-sign-in"]
    assert visitor.finish(callback) == "/"
    again = browser()
    again.http.cookies.set("kith-sign-in", secret, domain="127.0.0.1", path="/auth")
    assert again.finish(callback) == "/sign-in?error=invalid_state"


def test_codes_of_another_sign_in(browser: Callable[[], Browser]) -> None:
    """A stolen code is worth nothing in the sign-in of another: its PKCE challenge and nonce are not theirs."""
    victim, thief = browser(), browser()
    stolen = query(victim.at_provider(victim.begin("ada")))["code"]
    callback = thief.at_provider(thief.begin("thief"))
    assert thief.finish(callback.copy_set_param("code", stolen)) == "/sign-in?error=provider_invalid"
    assert not thief.is_signed_in()


def test_a_sign_in_that_took_too_long(browser: Callable[[], Browser], server: Server) -> None:
    clock = sign_in(server.url, "clock@example.test")

    def ahead() -> float:
        there = datetime.fromisoformat(clock.ask("POST", "/sync", {})["server_time"].replace("Z", "+00:00"))
        return there.timestamp() - time.time()

    def move(seconds: int) -> None:
        server.move_clock(seconds)
        while abs(ahead() - seconds) > PENDING_SECONDS / 2:
            time.sleep(0.05)

    visitor = browser()
    callback = visitor.at_provider(visitor.begin("ada"))
    move(PENDING_SECONDS + 30)
    try:
        assert visitor.finish(callback) == "/sign-in?error=invalid_state"
    finally:
        move(0)
    assert not visitor.is_signed_in()


def test_a_provider_that_is_down(browser: Callable[[], Browser], server: Server, provider: Provider) -> None:
    visitor = browser()
    callback = visitor.at_provider(visitor.begin("ada"))
    provider.stop()
    try:
        assert visitor.finish(callback) == "/sign-in?error=provider_unavailable"
        # The addresses of a provider are remembered for a day: only a server that starts now knows nothing of it.
        server.stop()
        server.start()
        answer = visitor.http.get(f"{server.url}/auth/login/es256")
        expected = "/sign-in?error=provider_unavailable"
        assert (answer.status_code, answer.headers["location"]) == (302, expected)
        assert sign_in(server.url, "meanwhile@example.test").user_id, "the others are not concerned"
    finally:
        provider.start()
        provider.serve(server.url)

    def is_back() -> bool:
        location = visitor.http.get(f"{server.url}/auth/login/es256").headers["location"]
        return "error=" not in location

    # A provider that failed is left alone for a few seconds.
    deadline = time.monotonic() + 30
    while not is_back():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert visitor.sign_in("ada") == "/"
