"""The running service: prints its address, answers, ends when told."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from geo_grid.errors import UsageError
from webmap import serve

ROOT = Path(__file__).parents[2]
CODE = "import sys; from webmap import serve; serve(sys.argv[1], port=0)"


def test_serves_until_interrupted(store: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CODE, str(store)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(f"{address}api/v1/summary", timeout=30) as answer:
                assert answer.status == 200
                assert "Server" not in answer.headers
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_a_taken_port_is_one_line(store: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="--port"):
            serve(store, port=taken.getsockname()[1])
