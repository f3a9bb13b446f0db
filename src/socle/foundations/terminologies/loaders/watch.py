"""What is told while a file is read: where it is, what was refused and why, what was guessed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from socle.kernel.outcome import Issue, Kind, Problem, Text

MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be taken: where, by which rule, why and what to do. Lines and columns begin at 1; 0 unknown."""

    file: str
    line: int
    column: int
    rule: str
    text: Text

    @property
    def place(self) -> str:
        """`file:line:column`, as editors jump to it."""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])

    def issue(self) -> Issue:
        """The same, as an issue of a Problem."""
        return Issue(Text(f"{self.place} : {self.text.fr}", f"{self.place}: {self.text.en}"), rule=self.rule)


@dataclass(slots=True)
class Watch:
    """Follows one reading.

    keep_going  a faulty line is left out and told; else the first one refuses the whole
    progress    called with the bytes read so far and their total
    faults      the first ones; `rejected` counts them all
    notes       what was guessed and is worth saying (encoding, delimiter), each once
    """

    keep_going: bool = False
    progress: Callable[[int, int], None] = lambda done, total: None
    faults: list[Fault] = field(default_factory=list)
    rejected: int = 0
    notes: list[Text] = field(default_factory=list)
    _done: int = 0
    _total: int = 0

    def reject(self, file: str, line: int, column: int, rule: str, fr: str, en: str) -> None:
        """Leave a line out. Raises: Problem(INVALID) naming it, unless `keep_going`."""
        fault = Fault(file, line, column, rule, Text(fr, en))
        if not self.keep_going:
            raise Problem(Kind.INVALID, fault.issue())
        self.rejected += 1
        if len(self.faults) < MOST_TOLD:
            self.faults.append(fault)

    def note(self, fr: str, en: str) -> None:
        """Say something once."""
        if (text := Text(fr, en)) not in self.notes:
            self.notes.append(text)

    def expect(self, octets: int) -> None:
        """So many bytes more are to be read."""
        self._total += octets

    def advance(self, octets: int) -> None:
        """So many bytes more were read."""
        self._done += octets
        self.progress(min(self._done, self._total), self._total)


def of_file(problem: Problem, file: str) -> Problem:
    """The same refusal, which names the file."""
    issues = [replace(one, text=Text(f"{file} : {one.text.fr}", f"{file}: {one.text.en}")) for one in problem.issues]
    return Problem(problem.kind, *issues, headers=problem.headers)
