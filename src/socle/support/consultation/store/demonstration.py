"""A whole consultation filed at once, answers included: the statements of the demonstration."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from socle.support.consultation.model import CannedAnswer, Change, Outcome, Side
from socle.support.consultation.store.contributions import Statement


def support_many(rows: Sequence[tuple[int, str, datetime]]) -> Statement:
    """Supports: contribution, actor, when."""
    sql = (
        "INSERT INTO consultation.support (contribution, actor, at) "
        "SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[])"
    )
    return sql, _columns(rows, 3)


def argue_many(rows: Sequence[tuple[int, int, str, Side, str, datetime]]) -> Statement:
    """Arguments: number, contribution, actor, side, text, when."""
    sql = (
        "INSERT INTO consultation.argument (id, contribution, actor, key, side, text, at) "
        "SELECT r.id, r.contribution, r.actor, 'demo-' || r.id, r.side, r.text, r.at "
        "FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) "
        "AS r (id, contribution, actor, side, text, at)"
    )
    return sql, _columns(rows, 6)


def change_many(rows: Sequence[Change]) -> Statement:
    """Changes of the next edition."""
    sql = (
        "INSERT INTO consultation.change (id, consultation, path, requirement, before, after, why, at) "
        "SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], "
        "$8::timestamptz[])"
    )
    facts = [(c.id, c.consultation, c.path, c.requirement, c.before, c.after, c.why, c.at) for c in rows]
    return sql, _columns(facts, 8)


def cause_many(rows: Sequence[tuple[int, int]]) -> Statement:
    """Causes: change, contribution."""
    sql = (
        "INSERT INTO consultation.change_cause (change, contribution) SELECT * FROM unnest($1::bigint[], $2::bigint[])"
    )
    return sql, _columns(rows, 2)


def dispose_many(rows: Sequence[tuple[int, Outcome, str, datetime, int | None, int | None]]) -> Statement:
    """Answers: contribution, outcome, words, when, change, original."""
    sql = (
        "UPDATE consultation.contribution c SET outcome = r.outcome, answer = r.answer, answered = r.at, "
        "change = r.change, original = r.original, answer_version = 1 "
        "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::bigint[]) "
        "AS r (id, outcome, answer, at, change, original) WHERE c.id = r.id"
    )
    return sql, _columns(rows, 6)


def draft_many(rows: Sequence[tuple[str, str, str, datetime]]) -> list[Statement]:
    """Files of a draft: consultation, path, text, when; and their first version."""
    columns = "unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS r (consultation, path, text, at)"
    return [
        (
            f"INSERT INTO consultation.{table} (consultation, path, text, version, at) "
            f"SELECT r.consultation, r.path, r.text, 1, r.at FROM {columns}",
            _columns(rows, 4),
        )
        for table in ("draft_file", "draft_version")
    ]


def canned_many(rows: Sequence[CannedAnswer]) -> Statement:
    """Answers written once."""
    sql = (
        "INSERT INTO consultation.canned (id, label, outcome, text) "
        "SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])"
    )
    return sql, _columns([(one.id, one.label, one.outcome, one.text) for one in rows], 4)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> tuple[list[Any], ...]:
    return tuple([str(row[at]) if isinstance(row[at], str) else row[at] for row in rows] for at in range(width))
