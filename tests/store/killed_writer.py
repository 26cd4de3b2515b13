"""Edit, publish, or take what phones send, until killed; again and again. Started by ``test_killed.py``.

One process loads the libraries and forks a writer for each kill: to start Python anew would take a hundred times longer
than what is tested. A writer says a number only after the store has acknowledged it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from changes import edit, publish
from field_cases import uid
from phones import change, context, found, photo, record
from plans import URBAN_1, tiny_plan

import geo_grid.store.postgis  # noqa: F401  loaded once, not by every writer
from geo_grid.store import open_store
from geo_grid.store.ledger import ConflictError


def write(url: str, what: str, say: int) -> None:
    """Write as fast as it goes."""
    with open_store(url) as store, store.ledger() as ledger:
        number = 10 * (ledger.field_stamp() + 100)
        while what == "field":
            number += 10
            ledger.receive_events(batch(number), context())
            os.write(say, b"%d\n" % (number + 1))
        while True:
            if what == "publish":
                os.write(say, b"%d\n" % publish(ledger, URBAN_1))
            head = ledger.head(URBAN_1).number
            try:
                number = edit(ledger, head, f"n{head + 1}")
            except ConflictError:  # what one that was killed had sent off is done by the server a moment later
                continue
            if what == "edit":
                os.write(say, b"%d\n" % number)


def batch(number: int) -> list[dict[str, Any]]:
    """A record with its photo, a matter, its mending, and a note."""
    first, second, third, fourth, fifth = range(number + 1, number + 6)
    mended = change("mended", fourth, third, [third], photos=[uid(10**8 + number)])
    return [
        record(first),
        photo(second, first),
        found(third),
        mended,
        change("noted", fifth, third, [fourth], notes="记"),
    ]


def killed(url: str, what: str, chance: random.Random) -> list[int]:
    """Start a writer, kill it at a moment of chance; the value is what it said."""
    hear, say = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        try:
            write(url, what, say)
        finally:
            os._exit(1)
    os.close(say)
    early = chance.random() < 0.2  # it may be killed while it opens the store
    text = b"" if early else os.read(hear, 1)
    if not (early or text):
        sys.exit("the writer fails")
    time.sleep(chance.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        sys.exit("the writer ended by itself")
    while part := os.read(hear, 65536):
        text += part
    os.close(hear)
    words = text.decode().split("\n")[:-1]
    return [int(word) for word in words]


def main() -> None:
    """Print what was acknowledged, as JSON."""
    url, what, kills, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    tiny_plan()  # made once, not by every writer
    print(json.dumps([killed(url, what, chance) for _ in range(kills)]))


if __name__ == "__main__":
    main()
