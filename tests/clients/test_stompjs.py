"""stompjs under Node; the tests themselves are in `node/*.test.js`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS = 180


@pytest.mark.parametrize("file", sorted((HERE / "node").glob("*.test.js")), ids=lambda file: file.name)
def test_stompjs(file: Path) -> None:
    command = ["node", "--test", "--test-reporter=spec", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
