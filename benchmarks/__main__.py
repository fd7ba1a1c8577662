"""`python -m benchmarks [PART ...]`: figures beside their references, interleaved in one run, as a table.

Everything runs on loopback. A figure is the median of all rounds, CPU is in ms an operation; `--json` prints
the same for programs. `python -m benchmarks storm` measures a storm of alerts instead (benchmarks/storm.py).
"""

import argparse
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import uvloop

from benchmarks import storm
from benchmarks.contest import ROUNDS, Part, Row, run, table
from benchmarks.parts import at_rest, busy, distance, fired, growth, polling, slash, told, turns, weight, year
from benchmarks.servers import use_other_processors

PARTS: Mapping[str, Part] = {
    "slash": slash.contests,
    "busy": busy.contests,
    "memory": weight.memory,
    "start": weight.start,
    "polling": polling.contests,
    "told": told.contests,
    "growth": growth.contests,
    "year": year.contests,
    "rest": turns.rest,
    "at_rest": at_rest.contests,
    "claim": turns.claim,
    "distance": distance.contests,
    "fired": fired.contests,
    "status": turns.status,
}


def main() -> None:
    if sys.argv[1:2] == ["storm"]:
        sys.exit(storm.main(sys.argv[2:]))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, if none is named")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    use_other_processors()
    rows: list[Row] = []
    for name in given.parts or PARTS:
        print(f"{name} ...", file=sys.stderr)
        rows += uvloop.run(run(PARTS[name], given.rounds))
    if given.json:
        print(json.dumps(_head() | {"rows": [asdict(one) for one in rows]}, indent=2))
    else:
        print(", ".join(_head().values()), table(rows), sep="\n\n")


def _head() -> dict[str, str]:
    """When and where."""
    processor = platform.processor() or platform.machine()
    return {
        "at": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {processor}",
        "python": f"CPython {platform.python_version()}",
    }


if __name__ == "__main__":
    main()
