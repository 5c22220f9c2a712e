"""Fixtures: every test module has a server to itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kith.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with nobody in it."""
    server = Server(tmp_path_factory.mktemp("kith"))
    server.start()
    yield server
    assert server.stop() == 0, server.log.read_text()
