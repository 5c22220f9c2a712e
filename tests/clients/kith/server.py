"""A real Kith server in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

BINARY = os.environ["KITH"]
LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:(\d+))\s*")
STOP_SECONDS = 30


class Server:
    """Serves `directory`; a restart keeps the port and the data."""

    def __init__(self, directory: Path, config: str = "", clock: bool = False) -> None:
        self.directory = directory
        self.log = directory / "kith.log"
        self.port = 0
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._flags: list[str] = []
        if config:
            (directory / "kith.toml").write_text(config)
            self._flags += ["--config", str(directory / "kith.toml")]
        if clock:
            self.move_clock(0)
            self._flags += ["--clock-offset-file", str(self._clock_file)]

    @property
    def _clock_file(self) -> Path:
        return self.directory / "clock-offset"

    def move_clock(self, seconds: int) -> None:
        """Sets the server's clock ahead of ours. It looks at the file once a second."""
        self._clock_file.write_text(str(seconds))

    def start(self) -> None:
        """Returns when the server accepts connections."""
        command = [BINARY, "serve", "--dev", "--no-limits", "--listen", f"127.0.0.1:{self.port}"]
        command += ["--data-dir", str(self.directory / "data"), *self._flags]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        match = LISTENING.fullmatch(first)
        assert match, f"the first line is {first!r}; the log says:\n{self.log.read_text()}"
        self.url, self.port = match[1], int(match[2])

    def stop(self) -> int:
        """Asks the server to end; its exit status. An orderly end is 0."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        assert process.stdout is not None
        process.stdout.close()
        return status
