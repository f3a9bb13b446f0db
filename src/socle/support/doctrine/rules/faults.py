"""What is wrong with the files of an edition: everything at once, each with its file and line."""

from typing import NoReturn

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.support.doctrine.model import Place

RULE = "doctrine"


class Faults:
    """Faults found so far. `root` is written before every path, so that what is printed can be opened as it is."""

    def __init__(self, root: str = "") -> None:
        self._root = root
        self._found: dict[tuple[str, int, str], Issue] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: Place, fr: str, en: str) -> None:
        """Note a fault; the same one twice is one."""
        where = f"{self._root}{place}"
        issue = Issue(Text(f"{where} : {fr}", f"{where}: {en}"), (where,), RULE)
        self._found.setdefault((place.file, place.line, fr), issue)

    def issues(self) -> tuple[Issue, ...]:
        """Every fault, by file then line."""
        return tuple(self._found[key] for key in sorted(self._found))

    def stop(self) -> NoReturn:
        """Raises: Problem(INVALID) with every fault."""
        raise Problem(Kind.INVALID, *self.issues())
