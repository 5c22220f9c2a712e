"""schemathesis: does the server do what its OpenAPI document says, for good and for bad input?

No answer may be a 5xx or have a status, content type, header or body that the document does not give it; what the
document forbids must be refused, and what it allows must not be called malformed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from kith import pkce
from kith.person import LOOPBACK, Person, sign_in
from kith.server import Server

SECONDS = 240
SEED = 20261124
NO_SUCH_SEQ = 2**53 - 1

Values = dict[str, list[str] | list[int]]

# After these the caller is nobody.
SIGN_OUT = ["delete_me", "log_out", "sign_out_device"]
# After these the caller has fewer friends, groups or rights: calls of others would find nothing left to work with.
TAKE_APART = [
    "block_user",
    "hide_conversation",
    "remove_friend",
    "remove_member",
    "renew_group_code",
    "set_member_role",
]


def world(server: Server) -> tuple[Person, Values]:
    """Somebody with friends, requests, conversations and a group that she leads, and the values that name them.

    A value stands for every parameter and body field of its name in most of the calls: made-up ids name nothing, so
    made-up ids alone would never get past `not_found`.
    """
    nonce = uuid.uuid4().hex
    ada, ben, cem, dot, eve, *hopefuls = people = [
        sign_in(server.url, f"{name}-{nonce}@example.test")
        for name in ("ada", "ben", "cem", "dot", "eve", "fay", "gus", "hal", "ian")
    ]
    for friend in (ben, cem):
        ada.befriend(friend)
    friend_codes = [person.ask("GET", "/me")["friend_code"] for person in people]
    incoming = dot.ask("POST", "/friend-requests", {"friend_code": friend_codes[people.index(ada)]})["id"]
    outgoing = ada.ask("POST", "/friend-requests", {"friend_code": friend_codes[people.index(eve)]})["id"]
    direct = ada.direct(ben)
    for text in ("Hello", "你好", "🎉"):
        ada.send(direct, text)
        ben.send(direct, text)
    group, group_code = new_group(ada, [ben, cem])
    ada.ask("PATCH", f"/groups/{group}", {"join_policy": "approval"})
    for hopeful in hopefuls:
        hopeful.ask("POST", "/groups/join", {"code": group_code})
    foreign, foreign_code = new_group(ben, [])
    lists = [
        "/conversations",
        "/friend-requests",
        "/friends",
        f"/groups/{group}/join-requests",
        f"/groups/{group}/members",
    ]
    return ada, {
        "user_id": [person.user_id for person in people],
        "conversation_id": [direct, group, foreign],
        "group_id": [group, direct, foreign],
        "request_id": [incoming, outgoing],
        "device_id": [device["id"] for device in ada.ask("GET", "/me/devices")["items"]],
        "seq": [1, 2, 3, 4, 5, 6, NO_SUCH_SEQ],
        "code": [group_code, foreign_code],
        "friend_code": friend_codes,
        "cursor": [ada.ask("GET", f"{path}?limit=1")["next"] for path in lists],
        "provider": ["dev"],
        # Not hers: the second use of a refresh token, half a minute later, signs its owner out.
        "refresh_token": [dot.refresh_token],
        "return_to": ["/", "/friends?x=1"],
        "redirect_uri": [LOOPBACK],
        "code_challenge": [pkce.pair()[1]],
        "code_challenge_method": ["S256"],
    }


def new_group(creator: Person, members: list[Person]) -> tuple[str, str]:
    """The id and code of a new group."""
    body = {"name": "Walkers", "member_ids": [member.user_id for member in members]}
    group = creator.ask("POST", "/groups", body)
    return group["id"], group["group_code"]


# The places of the values above whose names differ.
PLACES = {
    "query.before": "seq",
    "query.after": "seq",
    "query.around": "seq",
    "body.content.reply_to": "seq",
    "body.user_ids[*]": "user_id",
    "body.member_ids[*]": "user_id",
}


def settings(token: str | None, values: Values, examples: int) -> str:
    """A `schemathesis.toml`."""
    places = {f"{kind}.{name}": name for name in values for kind in ("path", "query", "body")} | PLACES
    # The `code` of a sign-in is no group's.
    del places["query.code"]
    return "\n".join(
        [
            f"seed = {SEED}",
            "continue-on-failure = true",
            "request-timeout = 20",
            "color = false",
            "[generation]",
            f"max-examples = {examples}",
            'database = "none"',
            "[checks.positive_data_acceptance]",
            # 422 among them: no schema can state rules such as that nobody befriends themselves. 413 and 415: what a file
            # may be and how large depends on its kind.
            'expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 413, 415, 422]',
            *(["[headers]", f'Authorization = "Bearer {token}"'] if token else []),
            "[dictionaries]",
            *(f"{name} = {{ values = {json.dumps(known)} }}" for name, known in values.items()),
            "[parameters]",
            *(f'"{at}" = {{ dictionary = "{name}", probability = 0.7 }}' for at, name in places.items()),
        ]
    )


def run(server: Server, directory: Path, config: str, *arguments: str) -> None:
    """Runs schemathesis, which must find nothing."""
    file = directory / "schemathesis.toml"
    file.write_text(config)
    document = f"{server.url}/api/v1/openapi.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(file), "run", document, *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=SECONDS)
    print(done.stdout, done.stderr)
    assert done.returncode == 0


def operations(option: str, ids: list[str]) -> list[str]:
    return [f"--{option}-operation-id={operation}" for operation in ids]


@pytest.mark.parametrize(
    "chosen",
    [
        operations("exclude", SIGN_OUT + TAKE_APART),
        operations("include", TAKE_APART),
        # What else there is would be asked by nobody after these.
        operations("include", SIGN_OUT),
    ],
    ids=["most operations", "what takes apart", "what signs out"],
)
def test_signed_in(server: Server, tmp_path: Path, chosen: list[str]) -> None:
    ada, values = world(server)
    run(server, tmp_path, settings(ada.token, values, 40), *chosen)


def test_signed_out(server: Server, tmp_path: Path) -> None:
    run(server, tmp_path, settings(None, world(server)[1], 10), "--phases", "coverage,fuzzing")
