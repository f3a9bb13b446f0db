"""Answers to reads kept whole, and given again in the same turn of the loop: no task, no question to the database.

Only what concerns no person, for a trace is due for the rest. An answer is given again as long as the store says that nobody
has begun to change the resource; who asks is identified and permitted each time. Decision 0030.
"""

from typing import Final, NamedTuple

from socle.kernel.rest.exchange import Exchange, Way
from socle.kernel.store import Stamp
from socle.kernel.store.embedded.configuration import share
from socle.kernel.store.shelf import Shelf

_MB: Final = 1024 * 1024


class KeptAnswer(NamedTuple):
    """What follows the status line and the headers of the moment."""

    stamp: Stamp
    head: bytes
    body: bytes


class KeptAnswers:
    """The answers that a process keeps, of all its servers, by path as it was written; the oldest leave first."""

    def __init__(self, octets: int | None = None) -> None:
        room = share(512, 4 * _MB, 32 * _MB) if octets is None else octets
        self._shelf: Shelf[tuple[bytes, Way], KeptAnswer] = Shelf(room)

    def find(self, path: bytes, way: Way) -> KeptAnswer | None:
        """The answer given last to what was asked that way."""
        return self._shelf.find((path, way))

    def drop(self, path: bytes, way: Way) -> None:
        """Forget one."""
        self._shelf.drop((path, way))

    def keep(self, x: Exchange) -> None:
        """Keep the answer that was just made, if it may be given again to whoever asks in the same way."""
        stamp, answer, scope = x.stamp, x.answer, x.scope
        presented = scope.get("known", {}).get(x.server)
        if stamp is None or answer is None or presented is None or presented.way is None:
            return
        if answer.status != 200 or x.method != "GET" or x.query or x.personal or x.said:
            return
        fields = [b"%b: %b\r\n" % field for field in answer.headers if field[0] != b"x-request-id"]
        kept = KeptAnswer(stamp, b"%b\r\n" % b"".join(fields), answer.body)
        self._shelf.put((scope["raw_path"], presented.way), kept, len(kept.head) + len(kept.body))
