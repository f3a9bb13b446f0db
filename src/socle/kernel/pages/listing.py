"""A list as pages show it: columns, sort, filters, count, pages, export; every state of it is a URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `label` is already in the reader's language; a `wide` one is left out on a phone."""

    key: str
    label: str
    sortable: bool = False
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Listing:
    """One page of a list.

    total   how many there are in all
    sort    key of the column, with "-" before it for descending; "" when the order is the register's own
    filters what else is in the URL and must stay when the reader sorts or turns the page
    export  URL of the same list as CSV, "" when there is none
    """

    path: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    total: int
    page: int = 1
    size: int = 50
    sort: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    export: str = ""
    caption: str = ""

    @property
    def first(self) -> int:
        """Rank of the first row shown, 0 when the list is empty."""
        return (self.page - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Rank of the last row shown."""
        return (self.page - 1) * self.size + len(self.rows)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    def url(self, **changes: str | int) -> str:
        """This list with some of its state changed; empty values leave the URL."""
        state: dict[str, str] = {**self.filters, "sort": self.sort, **{k: str(v) for k, v in changes.items()}}
        kept = {name: value for name, value in state.items() if value and (name, value) != ("page", "1")}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def sort_url(self, column: Column) -> str:
        """This list sorted by `column`, the other way round when it already is."""
        return self.url(sort=f"-{column.key}" if self.sort == column.key else column.key)

    def order(self, column: Column) -> str:
        """The column's aria-sort: ascending, descending or none."""
        return {column.key: "ascending", f"-{column.key}": "descending"}.get(self.sort, "none")

    @property
    def previous_url(self) -> str:
        """The page before, "" on the first."""
        return self.url(page=self.page - 1) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The page after, "" on the last."""
        return self.url(page=self.page + 1) if self.page < self.pages else ""


def page_number(text: str) -> int:
    """A page number from a URL; anything else is the first page."""
    return max(1, min(int(text), 1_000_000)) if text.isascii() and text.isdigit() and len(text) < 8 else 1
