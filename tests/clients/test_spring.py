"""Spring's STOMP client; what it does is in `spring/Talk.java`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kith.person import sign_in
from kith.server import Server

HERE = Path(__file__).parent / "spring"
SECONDS = 120


def test_two_people_talk_by_spring(server: Server) -> None:
    ada, ben = sign_in(server.url, "ada@example.test"), sign_in(server.url, "ben@example.test")
    ada.befriend(ben)
    address = f"{server.url.replace('http', 'ws', 1)}/ws"
    jars = os.environ["KITH_SPRING_JARS"]
    arguments = [server.url, address, ada.token, address, ben.token, ada.direct(ben)]
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*", str(HERE / "Talk.java"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    print(done.stdout, done.stderr)
    assert done.returncode == 0 and "two people talked" in done.stdout
