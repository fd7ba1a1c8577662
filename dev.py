"""Set up and run, on a machine that has Python >= 3.11 with venv and nothing else.

    python3 dev.py playground [options]   the bot against an imitated DLF and Slack, in the browser
    python3 dev.py test [pytest options]  every check: layout, types, tests
    python3 dev.py coverage [options]     the tests once more, counting which branches of bot/ they take
    python3 dev.py run COMMAND ...        any command inside the same environment

The environment lives in .venv and is made again when a lock file changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LOCKS = {"run": ROOT / "requirements.txt", "test": ROOT / "tests" / "requirements.txt"}
SIDE_BY_SIDE = ("-n", "6", "--dist", "loadfile", "--no-loadscope-reorder")
MEASURED = ("--cov", "--cov-report=term:skip-covered")
# A part of the tests does not reach the floor of pyproject.toml.
NO_FLOOR = ("--cov-fail-under=0",)
# Commands of which one must be there, and the packages of Debian that bring it.
PROGRAMS = (
    (("chromium", "chromium-browser", "google-chrome"), ("chromium", "fonts-noto-cjk")),
    (("pgbouncer", "/usr/sbin/pgbouncer"), ("pgbouncer",)),
    (("systemd-analyze",), ("systemd",)),
    (("promtool",), ("prometheus",)),
)
# Debian starts these when it installs them; the tests start their own.
SERVICES = ("prometheus", "prometheus-node-exporter")


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # the one file an older Python may meet
        print(f"dlf-bot needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 2
    match arguments:
        case ["playground", *options]:
            set_up("run")
            return become("dlf-bot", "playground", *options)
        case ["test", *options]:
            prepare()
            return check(options)
        case ["coverage", *options]:
            prepare()
            return call("pytest", *(options or SIDE_BY_SIDE), *MEASURED, *(NO_FLOOR if options else ()))
        case ["run", command, *options]:
            set_up("run")
            return become(command, *options)
    print(__doc__)
    return 2


def prepare() -> None:
    """Everything the tests need. Debian's packages come while pip installs Python's."""
    with ThreadPoolExecutor() as beside:
        programs = beside.submit(install_programs)
        set_up("test")
    programs.result()
    keep_bytecode()


def set_up(kind: str) -> None:
    """Make .venv hold exactly what the lock says; nothing happens when it already does."""
    stamp = VENV / f".installed-{kind}"
    wanted = hashlib.sha256(LOCKS[kind].read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not (BIN / "python").exists():
        print("Making .venv ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    print("Installing what the lock names (the first time takes a minute) ...", flush=True)
    pip = [str(BIN / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(LOCKS[kind])], check=True)
    subprocess.run([*pip, "--no-build-isolation", "--no-deps", "-e", str(ROOT)], check=True)
    stamp.write_text(wanted)


def install_programs() -> None:
    """Bring Debian's packages where that is possible; else tests say that they are skipped."""
    wanted = [package for names, package in PROGRAMS if not any(shutil.which(name) for name in names)]
    if not wanted or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print("Installing programs that some tests need ...", flush=True)
    for step in (["update"], ["install", "-y", *(name for package in wanted for name in package)]):
        subprocess.run(["apt-get", "-qq", *step], check=False, stdout=subprocess.DEVNULL)
    if ("prometheus",) in wanted and Path("/run/systemd/system").exists():
        subprocess.run(["systemctl", "--quiet", "disable", "--now", *SERVICES], check=False)


def keep_bytecode() -> None:
    """Compile once. Each of the hundreds of processes that the tests start would compile all of it again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall = [str(BIN / "python"), "-m", "compileall", "-q", "bot", "benchmarks"]
    subprocess.run(compileall, cwd=ROOT, check=False)


def check(options: list[str]) -> int:
    """Lint, tests, types, audit: everything is run and shown, and any failure fails the run.

    Types and audit are looked at beside the tests, which leave the processors idle now and then.
    """
    if options:
        return call("pytest", *options)
    codes = [call("ruff", "check", "."), call("ruff", "format", "--check", ".")]
    with ThreadPoolExecutor() as beside:
        others = [beside.submit(types), beside.submit(audit)]
        rewrite_asserts()
        codes.append(call("pytest", *SIDE_BY_SIDE, "--durations", "25"))
    for code, said in (other.result() for other in others):
        print(said)
        codes.append(code)
    return max(codes)


def rewrite_asserts() -> None:
    """Let pytest compile the tests once; else each of its workers compiles all of them at its start."""
    if not any((ROOT / "tests").rglob("__pycache__/*-pytest-*.pyc")):
        subprocess.run([found("pytest"), "--collect-only", "-qq"], cwd=ROOT, capture_output=True, check=False)


def types() -> tuple[int, str]:
    ended = subprocess.run([found("mypy")], cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.returncode, (ended.stdout + ended.stderr).strip()


def audit() -> tuple[int, str]:
    """Look for known vulnerabilities in what the lock names, where the registry knows of any."""
    lock = str(LOCKS["run"])
    command = [str(BIN / "pip-audit"), "-r", lock, "--disable-pip", "--require-hashes", "--timeout", "10"]
    try:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0, "Dependencies not audited: no answer from the registry."
    if "known vulnerabilit" in ended.stderr and "No known" not in ended.stderr:
        return 1, f"{ended.stdout}\n{ended.stderr}"
    if ended.returncode or "could not be audited" in ended.stdout:
        return 0, "Dependencies not audited: no advisories here."
    return 0, "Dependencies audited: nothing known."


def become(command: str, *options: str) -> int:
    """End as this command, where the system can: what ends us must end it, too."""
    if os.name != "nt":
        sys.stdout.flush()
        os.chdir(ROOT)
        os.execvp(found(command), [command, *options])
    return call(command, *options)


def call(command: str, *options: str) -> int:
    program = found(command)
    try:
        return subprocess.run([program, *options], cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


def found(command: str) -> str:
    return shutil.which(command, path=str(BIN)) or command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
