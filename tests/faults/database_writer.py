"""A process that writes exchanges until it is killed; prints the ids of every row it was told is stored.

Run as `python -m tests.faults.database_writer FOLDER [PAUSE]`: a pause in seconds between two exchanges lets
another writer in, as a person does.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from app.core.chat import MessageStatus
from app.core.engine import GenerationParams
from app.core.paths import AppPaths
from app.core.records import ReplyOutcome
from app.storage.opening import open_store


def main(folder: Path, pause_s: float = 0.0) -> None:
    store, _ = open_store(AppPaths(folder / "data", folder / "models"))
    number = 0
    while True:
        time.sleep(pause_s)
        number += 1
        started = store.begin_exchange(
            None, f"question {number} 问题", model_ref="m", params=GenerationParams()
        )
        reply = started.reply.id
        print("asked", reply - 1, number, flush=True)
        for length in range(1, 4):
            store.save_partial(reply, f"answer {number} " * length * 50, "")
            print("partial", reply, length, flush=True)
        if number % 3:
            text = f"answer {number} whole"
            store.finish_reply(reply, ReplyOutcome(text, MessageStatus.COMPLETE))
            print("finished", reply, number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(float, sys.argv[2:3]))
