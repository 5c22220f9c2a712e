"""schemathesis: does the server do what its OpenAPI document says, for good and for bad input?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kith.person import Person, sign_in
from kith.server import Server

HERE = Path(__file__).parent
SECONDS = 240
SEED = 20261124


def settings(token: str | None, values: dict[str, list[str]], examples: int) -> str:
    """A `schemathesis.toml`. Its `values` stand for the parameters of their names in most of the calls: an id that
    was made up names nothing, so the rules behind an endpoint would never be reached by it."""
    lines = [
        f"seed = {SEED}",
        "continue-on-failure = true",
        "request-timeout = 20",
        "color = false",
        "[generation]",
        f"max-examples = {examples}",
        'database = "none"',
    ]
    if token:
        lines += ["[headers]", f'Authorization = "Bearer {token}"']
    lines += ["[dictionaries]"]
    lines += [f"{name} = {{ values = {json.dumps(known)} }}" for name, known in values.items()]
    lines += ["[parameters]"]
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in values]
    return "\n".join(lines) + "\n"


def world(server: Server) -> tuple[Person, dict[str, list[str]]]:
    """Somebody with friends, requests, conversations and a group of which she is an admin."""
    ada, ben, cem, dot, eve = (sign_in(server.url, f"{name}@example.test") for name in ("ada", "ben", "cem", "dot", "eve"))
    ada.befriend(ben)
    ada.befriend(cem)
    codes = {person.user_id: person.ask("GET", "/me")["friend_code"] for person in (ada, ben, cem, dot, eve)}
    incoming = dot.ask("POST", "/friend-requests", {"friend_code": codes[ada.user_id]})["id"]
    outgoing = ada.ask("POST", "/friend-requests", {"friend_code": codes[eve.user_id]})["id"]
    direct = ada.direct(ben)
    for text in ("Hello", "你好", "🎉"):
        ada.send(direct, text)
        ben.send(direct, text)
    group = ada.ask("POST", "/groups", {"name": "Walkers", "member_ids": [ben.user_id, cem.user_id]})["id"]
    group_code = ada.ask("GET", f"/conversations/{group}")["group_code"]
    ada.ask("PATCH", f"/groups/{group}", {"join_policy": "approval"})
    eve.ask("POST", "/groups/join", {"code": group_code})
    foreign = ben.ask("POST", "/groups", {"name": "Without her", "member_ids": []})["id"]
    values = {
        "user_id": [person.user_id for person in (ada, ben, cem, dot, eve)],
        "conversation_id": [direct, group, foreign],
        "group_id": [group, direct, foreign],
        "request_id": [incoming, outgoing],
        "seq": [1, 2, 3, 9_007_199_254_740_991],
        "code": [group_code],
        "friend_code": list(codes.values()),
        "provider": ["dev"],
    }
    return ada, values


def run(server: Server, directory: Path, config: str, *arguments: str) -> None:
    (directory / "schemathesis.toml").write_text(config)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(directory / "schemathesis.toml"), "run", f"{server.url}/api/v1/openapi.json", "--url", server.url, "--no-color", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=SECONDS, env=os.environ)
    print(done.stdout, done.stderr)
    assert done.returncode == 0


def test_signed_in(server: Server, tmp_path: Path) -> None:
    ada, values = world(server)
    run(server, tmp_path, settings(ada.token, values, 25), "--checks", "all")
