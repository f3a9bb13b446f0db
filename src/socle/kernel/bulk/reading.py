"""What an import is asked for, and the lines of its files: cut in batches, each made a change or told why it is none."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

import orjson

from socle.kernel.audit import Trace
from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Issue, Kind, Language, Problem, Text, operation_outcome
from socle.kernel.search.repository import Repository
from socle.kernel.store import Change, Put, Stored

BATCH: Final = 1_000  # lines stored together
MOST_OCTETS: Final = 4_000_000  # of lines prepared together
SLICE: Final = 64  # lines prepared at once
LONGEST: Final = 32 * 1024 * 1024  # octets of a line
ISSUES: Final = 10  # told of one line
LINE: Final = "https://socle-sante.example/fhir/StructureDefinition/ndjson-line"
RULE: Final = "SOCLE-BULK-IMPORT"


class Rules(Protocol):
    """What a register asks of whatever is written in it: of a line as of a write by REST (`kernel.rest.bulk`)."""

    def check(self, resource_type: str, id: str) -> None:
        """Refuse a type that is not written here, or not under an id of its own. Raises: Problem."""

    def judges(self, resource_type: str) -> bool:
        """Whether the register's own rule looks at the changes of that type."""

    async def judge(self, put: Put, current: Stored | None, trace: Trace) -> Change:
        """The change as that rule lets it through, given the version that it replaces. Raises: Problem."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to load: where it is, what whoever sent it calls it, and (size, date) by which it is known again."""

    path: str
    name: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """What an import is asked for. `whole`: nothing is stored when a single line is wrong."""

    sources: tuple[Source, ...]
    whole: bool = False
    language: Language = "fr"

    def to_json(self) -> dict[str, Any]:
        """As kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Import":
        """As it was kept."""
        sources = tuple(Source(one["path"], one["name"], one["stamp"]) for one in kept["sources"])
        return cls(sources, kept["whole"], kept["language"])


class Line(NamedTuple):
    """A line of a file: its number from 1, its octets (None when it is too long), where it ends."""

    number: int
    data: bytes | None
    end: int


class Item(NamedTuple):
    """What a line made: a change, a problem, nothing (a blank line)."""

    line: int
    end: int
    made: Change | Problem | None


def batch(file: BinaryIO, offset: int, line: int, until: int | None = None) -> list[Line]:
    """The next lines of a file, from a place on, no further than `until`; [] at the end.

    A line too long is passed over in constant memory.
    """
    file.seek(offset)
    found: list[Line] = []
    size = 0
    while (until is None or offset < until) and (data := file.readline(LONGEST + 1)):
        line += 1
        offset += len(data)
        kept: bytes | None = data
        if len(data) > LONGEST and not data.endswith(b"\n"):
            kept = None
            size += 1
            while more := file.readline(LONGEST):
                offset += len(more)
                if more.endswith(b"\n"):
                    break
        found.append(Line(line, kept, offset))
        size += len(data) if kept is not None else 0
        if len(found) >= BATCH or size >= MOST_OCTETS:
            break
    return found


async def prepared(lines: Sequence[Line], repository: Repository, rules: Rules, draw: Callable[[], str]) -> list[Item]:
    """What each line makes of itself: a change, or what is wrong with it.

    Not in a thread: it would fight for the interpreter with the writer, which lets it go for each body that it packs
    (measured: four times slower). Others have their turn every few milliseconds.
    """
    items: list[Item] = []
    for begin in range(0, len(lines), SLICE):
        if begin:
            await asyncio.sleep(0)
        items += _made(lines[begin : begin + SLICE], repository, rules, draw)
    return items


def _made(lines: Sequence[Line], repository: Repository, rules: Rules, draw: Callable[[], str]) -> list[Item]:
    """Step after step for all the lines, those of one type together: what a step needs stays in the processor's caches
    (measured: five sixths of the time of line after line).
    """
    made: list[Any] = [_whole(data) for _, data, _ in lines]  # octets, the resource, the Put; or a Problem, None

    def each(order: Iterable[int], step: Callable[[Any], Any]) -> list[int]:
        """Take a step with each of `order`; those that went through."""
        through: list[int] = []
        for n in order:
            try:
                made[n] = step(made[n])
            except Problem as problem:
                made[n] = problem
            else:
                through.append(n)
        return through

    def checked(resource: Any) -> Any:
        check(resource)
        rules.check(resource["resourceType"], resource.get("id") or "")
        return resource

    read = each([n for n, one in enumerate(made) if type(one) is bytes], parse)
    read.sort(key=lambda n: _type(made[n]))
    kept = each(read, checked)
    each(kept, lambda resource: repository.put(resource, id=resource.get("id") or draw()))
    return [Item(number, end, one) for (number, _, end), one in zip(lines, made, strict=True)]


def _whole(data: bytes | None) -> bytes | Problem | None:
    """The octets of a line; None for a blank one."""
    if data is None:
        return _refused(f"la ligne dépasse {LONGEST} octets", f"the line is longer than {LONGEST} octets")
    return data.strip() or None


def _type(resource: Any) -> str:
    return str(resource.get("resourceType")) if isinstance(resource, dict) else ""


def outcome(source: Source, number: int, problem: Problem, language: Language) -> bytes:
    """A line of the report: what is wrong with that line of the file."""
    where = Text(f"{source.name}, ligne {number} : ", f"{source.name}, line {number}: ")
    issues = [
        replace(
            issue,
            text=Text(where.fr + _in_the_line(issue.text.fr, issue), where.en + _in_the_line(issue.text.en, issue)),
            line=number if issue.line else 0,  # a place in the line becomes one in the file
        )
        for issue in problem.issues[:ISSUES]
    ]
    told = operation_outcome(issues, language, kind=problem.kind)
    told["extension"] = [{"url": LINE, "valueString": f"{source.name}:{number}"}]
    return orjson.dumps(told) + b"\n"


def _in_the_line(said: str, issue: Issue) -> str:
    """What a reader says of a line, without the number of the line in the line."""
    for word in ("ligne", "line"):
        said = said.replace(f", {word} {issue.line}, ", ", ", 1) if issue.line else said
    return said


def size_of(source: Source) -> int:
    """Octets of a file. Raises: Problem(NOT_FOUND)."""
    try:
        return Path(source.path).stat().st_size
    except OSError:
        raise _missing(source) from None


def opened(source: Source) -> BinaryIO:
    """The file, to be read. Raises: Problem(NOT_FOUND)."""
    try:
        return Path(source.path).open("rb", buffering=1024 * 1024)
    except OSError:
        raise _missing(source) from None


def _missing(source: Source) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le fichier « {source.name} » n'est plus là, ou ne peut pas être lu.",
        f"The file “{source.name}” is not there any more, or cannot be read.",
        rule=RULE,
    )


def _refused(fr: str, en: str) -> Problem:
    return Problem(Kind.INVALID, Issue(Text(f"{fr}.", f"{en}."), rule=RULE))
