"""What the tests of the loaders share: read a file, a folder, a zip, and tell what came."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from socle.foundations.terminologies.loaders import Options, Watch, opened, read
from socle.foundations.terminologies.model import Concept, Head, Loaded
from socle.kernel.outcome import Kind, Problem

NOW = datetime(2026, 1, 15, tzinfo=UTC)


class Came:
    """Everything that a reading gave."""

    def __init__(self, path: Path, format: str = "auto", *, keep_going: bool = False, **options: Any) -> None:
        self.watch = Watch(keep_going=keep_going)
        self.heads: list[Head] = []
        self.concepts: dict[str, Concept] = {}
        self.resources: list[dict[str, Any]] = []
        self.totals: list[int | None] = []
        with opened(path) as place:
            for item in read(place, format, Options(NOW, **options), self.watch):
                if isinstance(item, Loaded):
                    self.heads.append(item.head)
                    self.totals.append(item.total)
                    self.concepts |= {concept.code: concept for concept in item.concepts}
                else:
                    self.resources.append(item)

    @property
    def head(self) -> Head:
        (head,) = self.heads
        return head

    @property
    def rules(self) -> list[tuple[int, int, str]]:
        return [(fault.line, fault.column, fault.rule) for fault in self.watch.faults]


def refusal(path: Path, format: str = "auto", **options: Any) -> tuple[Kind, str, str]:
    """(kind, rule, French sentence) of the refusal that reading raises."""
    with pytest.raises(Problem) as caught:
        Came(path, format, **options)
    issue = caught.value.issues[0]
    assert issue.text.fr
    assert issue.text.en
    return caught.value.kind, issue.rule, issue.text.fr


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path
