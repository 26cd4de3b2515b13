"""A throw-away PostGIS cluster, for the tests that need one.

Import ``postgis_cluster`` and ``postgis_url`` in a conftest. The cluster listens on a Unix socket in a directory of its
own only, and every test gets an empty database. With several test processes each has its own cluster.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW = "PostGIS is not installed. On Debian: apt-get install postgresql-15 postgresql-15-postgis-3"
_USER = "postgres"
_SECONDS = 60
_BYTES = 2 << 30


def _binaries() -> Path | None:
    """Return the newest PostgreSQL that has PostGIS, where Debian, Fedora or Homebrew put it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    for folder in found:
        config = folder / "pg_config"
        places = [Path("/usr/share/postgresql") / folder.parent.name, Path("/usr/share/pgsql")]
        if config.exists():
            done = subprocess.run([config, "--sharedir"], capture_output=True, text=True, check=False)
            places.append(Path(done.stdout.strip() or "/nonexistent"))
        if (folder / "initdb").exists() and any((place / "extension/postgis.control").exists() for place in places):
            return folder
    return None


def _account() -> dict[str, Any]:
    """Return how to start a program as somebody else: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgis_cluster() -> Iterator[str]:
    """Start a cluster; the value is the folder of its socket."""
    if _binaries() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(HOW)
    with cluster() as folder:
        yield folder


@contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """Run a cluster whose database ``with_postgis`` is empty; yield the folder of its socket.

    Tests need not survive a power cut; what is measured has to, as a real database does.
    """
    binaries = _binaries()
    if binaries is None:
        raise SystemExit(HOW)
    # a short path: the name of a socket has 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="gg-pg-", dir=_place()))
    account = _account()
    if account:
        os.chown(folder, account["user"], account["group"])
    data = folder / "data"
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    options = {"cwd": folder, "env": environment, **account}
    command = [binaries / "initdb", "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, **options)
    settings = ["listen_addresses=", "max_connections=60"]
    if not durable:
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    arguments = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *arguments], stdout=log, stderr=log, **options
        )
    try:
        _wait(server, folder)
        _template(folder)
        yield str(folder)
    finally:
        server.send_signal(signal.SIGINT)  # ends the sessions and stops
        server.wait(_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> str:
    """Return where a cluster is made: in memory where there is room, for every test copies a database of 300 files."""
    memory = "/dev/shm"
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _BYTES else "/tmp"


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            psycopg.connect(address_of(folder, "postgres")).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                pytest.fail(f"PostgreSQL does not start: {(folder / 'log').read_text()}")
            time.sleep(0.05)
        else:
            return


def address_of(folder: str | Path, database: str) -> str:
    """Return the address of a database."""
    return f"postgresql://{_USER}@/{database}?host={folder}"


def _template(folder: Path) -> None:
    """Make one database with PostGIS, to copy: the extension takes a second to create, a copy a tenth."""
    with psycopg.connect(address_of(folder, "postgres"), autocommit=True) as db:
        db.execute("CREATE DATABASE with_postgis")
    with psycopg.connect(address_of(folder, "with_postgis"), autocommit=True) as db:
        db.execute("CREATE EXTENSION postgis")


@contextmanager
def database(folder: str, template: str = "with_postgis") -> Iterator[str]:
    """Make a database as a copy of another that nobody is connected to; the value is its address."""
    name = f"t{time.monotonic_ns()}"
    with psycopg.connect(address_of(folder, "postgres"), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield address_of(folder, name)
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgis_url(postgis_cluster: str) -> Iterator[str]:
    """Make an empty database; the value is its address."""
    with database(postgis_cluster) as url:
        yield url
