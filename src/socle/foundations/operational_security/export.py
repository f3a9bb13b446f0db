"""Traces as files: CSV for spreadsheets, NDJSON (one AuditEvent a line) for machines."""

import csv
import io
from collections.abc import Iterable
from typing import Final

import orjson

from socle.foundations.operational_security.model import Bases
from socle.kernel.audit.audit_event import audit_event
from socle.kernel.store.traces import Written

COLUMNS: Final = (
    "id", "at", "who", "name", "roles", "structure", "means", "ground", "register", "interaction", "action", "outcome",
    "concerns", "entities", "query", "detail", "request", "source",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(found: Iterable[Written]) -> str:
    """The traces as CSV, the first line naming the columns."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for written in found:
        event, trace = written.event, written.event.trace
        writer.writerow(
            map(
                _inert,
                (
                    written.id,
                    trace.at.isoformat(),
                    trace.who,
                    trace.name,
                    trace.role,
                    trace.structure,
                    trace.means,
                    trace.ground,
                    trace.register,
                    trace.interaction,
                    event.action,
                    event.outcome,
                    " ".join(event.concerns),
                    " ".join(event.entities),
                    event.query,
                    event.detail,
                    trace.request,
                    trace.source,
                ),
            )
        )
    return out.getvalue()


def to_ndjson(found: Iterable[Written], bases: Bases) -> bytes:
    """The traces as AuditEvents, one a line."""
    return b"".join(
        orjson.dumps(audit_event(written.event, id=written.id, base=bases.of(written.event.trace.register))) + b"\n"
        for written in found
    )


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: what a caller typed must not run on the auditor's desk."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
