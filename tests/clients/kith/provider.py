"""The foreign OpenID provider (`node/provider.js`), in a process of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "node" / "provider.js"
# The clients that Kith is to it, one per algorithm of ID tokens; Kith's ids for the provider are these in lower case.
CLIENTS = ["RS256", "ES256", "EdDSA"]


class Provider:
    """Knows its address from the first `start` on, and keeps it."""

    def __init__(self) -> None:
        self.secret = secrets.token_urlsafe(32)
        self.issuer = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Takes the address; nobody is answered before `serve`."""
        port = self.issuer.rpartition(":")[2] or "0"
        self._process = subprocess.Popen(
            ["node", str(SCRIPT)],
            env={**os.environ, "CLIENT_SECRET": self.secret, "PORT": port, "NODE_NO_WARNINGS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.issuer = self._line()

    def serve(self, origin: str) -> None:
        """Answers the clients at `origin`."""
        assert self._process and self._process.stdin
        print(origin, file=self._process.stdin, flush=True)
        while (line := self._line()) != "ready":
            # oidc-provider writes its own notices between.
            assert line

    def stop(self) -> None:
        """Ends it."""
        if self._process:
            self._process.terminate()
            self._process.communicate(timeout=30)
            self._process = None

    def _line(self) -> str:
        assert self._process and self._process.stdout
        return self._process.stdout.readline().strip()

    def settings(self) -> str:
        """Kith's configuration of it."""
        return "\n".join(
            f'[providers.{client.lower()}]\nname = "Foreign {client}"\nissuer = "{self.issuer}"\n'
            f'client_id = "{client}"\nclient_secret = "{self.secret}"\nprivate_address = true\n'
            for client in CLIENTS
        )
