"""A real PgBouncer, Debian's, in front of the tests' PostgreSQL."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
needs_pgbouncer = pytest.mark.skipif(
    PGBOUNCER is None, reason="pgbouncer is not installed (apt-get install pgbouncer)"
)


@contextmanager
def pooler(postgres_url: str, mode: str, **settings: str | int) -> Iterator[str]:
    """Run it in this pool mode; the address of the same database behind it."""
    parts = urlsplit(postgres_url)
    query = parse_qs(parts.query)
    host = query.get("host", [parts.hostname or "127.0.0.1"])[0]
    user = parts.username or "postgres"
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-", dir="/tmp"))
    port = _free_port()
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": mode,
        "logfile": folder / "log",
        "server_tls_sslmode": "disable",
        **settings,
    }
    written = "\n".join(f"{name} = {value}" for name, value in lines.items())
    server = f"host={host} port={parts.port or 5432} user={user}"
    if parts.password:
        server += f" password={parts.password}"
    (folder / "pgbouncer.ini").write_text(f"[databases]\n* = {server}\n\n[pgbouncer]\n{written}\n")
    process = _start(folder, host)
    try:
        _wait(process, port, folder / "log")
        yield f"postgresql://{user}@127.0.0.1:{port}/{parts.path.lstrip('/')}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, host: str) -> subprocess.Popen[bytes]:
    """PgBouncer refuses to run as root: then it runs as the user of PostgreSQL's socket."""
    assert PGBOUNCER
    command = [PGBOUNCER, "-q", str(folder / "pgbouncer.ini")]
    if os.geteuid() != 0:
        return subprocess.Popen(command)
    owner = Path(host).stat().st_uid if host.startswith("/") else pwd.getpwnam("nobody").pw_uid
    owner = owner or pwd.getpwnam("nobody").pw_uid
    os.chown(folder, owner, -1)
    return subprocess.Popen(command, user=owner, group=pwd.getpwuid(owner).pw_gid, extra_groups=[])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text() if log.exists() else "pgbouncer ended at once"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(log.read_text())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
