"""Schedules, slots and holdings: set-based reads, and the statements that go with a change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from socle.foundations.care_offer.agenda.model import Derived, TypeCreneau
from socle.foundations.care_offer.agenda.rules import Taken
from socle.foundations.care_offer.agenda.rules.forms import Form, Question
from socle.foundations.care_offer.agenda.store.writing import slot_id
from socle.kernel.search.normalise import normalise
from socle.kernel.search.repository import Repository
from socle.kernel.store import Row, Stored

Statement = tuple[str, Sequence[Any]]
_SLOT: Final = "s.slot, s.schedule, s.start_at, s.end_at, s.busy, s.walk_in, s.access, s.consultations, s.cpts"
COLUMNS: Final = (
    "schedule", "kind", "number", "name", "specialty", "specialty_label", "structure", "place", "line", "postal", "city",
    "sought", "phone", "active", "practitioner", "role", "location", "organization", "derived",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """What searches know of an agenda; the columns of the table `schedule`."""

    schedule: str
    kind: str
    number: str
    name: str
    specialty: str
    specialty_label: str
    structure: str
    place: str
    line: str
    postal: str
    city: str
    phone: str
    active: bool
    practitioner: str
    role: str
    location: str
    organization: str
    derived: datetime

    @property
    def sought(self) -> str:
        """The words by which its place is found."""
        return f"{normalise(self.city)} {self.postal}".strip()


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot as searches see it."""

    slot: str
    schedule: str
    start: datetime
    end: datetime
    busy: bool
    walk_in: bool
    access: frozenset[TypeCreneau]
    consultations: frozenset[str]
    cpts: tuple[str, ...]

    @property
    def taken(self) -> Taken:
        """The slot as the rules of booking see it."""
        return Taken(self.slot, self.start, self.end, self.busy, self.access, self.walk_in)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for in the finder. Empty: anything.

    access  types of slots that the reader may see
    """

    start: datetime
    end: datetime
    place: str = ""
    specialty: str = ""
    consultation: str = ""
    access: frozenset[TypeCreneau] = frozenset({TypeCreneau.PUBLIC})
    schedule: str = ""
    numbers: tuple[str, ...] = ()


class Agendas:
    """The agendas of a register."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.store = repository.store
        self.schema = repository.store.schema

    # -- reads ---------------------------------------------------------------------------------------------------------

    async def schedules(self, ids: Sequence[str]) -> dict[str, ScheduleRow]:
        """Those of these agendas that are there, by id."""
        rows = await self.store.query(
            f"SELECT * FROM {self.schema}.schedule WHERE schedule = ANY($1::text[])",
            list(ids),
        )
        return {row["schedule"]: _schedule(row) for row in rows}

    async def schedules_of(
        self, *, numbers: Sequence[str] = (), practitioners: Sequence[str] = (), roles: Sequence[str] = ()
    ) -> list[ScheduleRow]:
        """The agendas of professionals, by national identifier or by id of their resources."""
        rows = await self.store.query(
            f"SELECT * FROM {self.schema}.schedule "
            "WHERE (kind = 'PS' AND number = ANY($1::text[])) OR practitioner = ANY($2::text[]) OR role = ANY($3::text[]) "
            "ORDER BY schedule",
            list(numbers),
            list(practitioners),
            list(roles),
        )
        return [_schedule(row) for row in rows]

    async def every_schedule(self, *, limit: int = 200) -> list[ScheduleRow]:
        """Active agendas, by name."""
        rows = await self.store.query(
            f"SELECT * FROM {self.schema}.schedule WHERE active ORDER BY name, schedule LIMIT $1",
            limit,
        )
        return [_schedule(row) for row in rows]

    async def specialties(self) -> list[tuple[str, str]]:
        """(code, label) of what the agendas offer, by label."""
        rows = await self.store.query(
            f"SELECT specialty, min(specialty_label) AS label FROM {self.schema}.schedule "
            "WHERE active AND specialty <> '' GROUP BY specialty ORDER BY label"
        )
        return [(row["specialty"], row["label"]) for row in rows]

    async def numbers(self, *, kind: str, place: str, specialty: str, limit: int) -> list[str]:
        """National identifiers of those whose agenda is at a place, of a specialty ("" for any)."""
        words = [f"%{word}%" for word in normalise(place).split()[:4]]
        rows = await self.store.query(
            f"SELECT DISTINCT number FROM {self.schema}.schedule "
            "WHERE active AND kind = $1 AND number <> '' AND ($2 = '' OR specialty = $2) "
            "AND sought LIKE ALL ($3::text[]) ORDER BY number LIMIT $4",
            kind,
            specialty,
            words,
            limit,
        )
        return [row["number"] for row in rows]

    async def due(self, horizon: datetime, *, limit: int) -> list[str]:
        """Agendas whose slots were not derived as far as `horizon`."""
        rows = await self.store.query(
            f"SELECT schedule FROM {self.schema}.schedule WHERE active AND derived < $1 "
            "ORDER BY derived, schedule LIMIT $2",
            horizon,
            limit,
        )
        return [row["schedule"] for row in rows]

    async def slots(self, ids: Sequence[str]) -> list[SlotRow]:
        """Those of these slots that are there, by time."""
        rows = await self.store.query(
            f"SELECT {_SLOT} FROM {self.schema}.slot s WHERE s.slot = ANY($1::text[]) ORDER BY s.start_at",
            list(ids),
        )
        return [_slot(row) for row in rows]

    async def slots_between(self, schedules: Sequence[str], start: datetime, end: datetime) -> list[SlotRow]:
        """Slots of these agendas that touch [start, end), by time."""
        rows = await self.store.query(
            f"SELECT {_SLOT} FROM {self.schema}.slot s "
            # a slot lasts a day at most: the index on the beginning serves
            "WHERE s.schedule = ANY($1::text[]) AND s.start_at < $3 AND s.start_at > $2::timestamptz - interval '1 day' "
            "AND s.end_at > $2 ORDER BY s.start_at, s.slot",
            list(schedules),
            start,
            end,
        )
        return [_slot(row) for row in rows]

    async def slots_from(self, schedule: str, start: datetime) -> list[SlotRow]:
        """Slots of an agenda that begin at `start` or later."""
        rows = await self.store.query(
            f"SELECT {_SLOT} FROM {self.schema}.slot s WHERE s.schedule = $1 AND s.start_at >= $2 ORDER BY s.start_at",
            schedule,
            start,
        )
        return [_slot(row) for row in rows]

    async def asked(
        self, question: Question, *, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[list[SlotRow], int]:
        """Free slots that a search of the SAS finds, from a place on, and how many there are in all."""
        kind = "SOS" if question.form is Form.SOS else "PS"
        seen = ["PUBLIC", "SNP"] if kind == "SOS" else ["PUBLIC", "PRO", "SNP"]
        if question.form is Form.CPTS:
            seen.append("CPTS")
        tables = f"{self.schema}.slot s JOIN {self.schema}.schedule c ON c.schedule = s.schedule"
        where = (
            "c.kind = $1 AND c.number = ANY($2::text[]) AND c.active AND NOT s.busy "
            "AND s.start_at >= $3 AND s.start_at <= $4 AND s.access && $5::text[]"
        )
        args: list[Any] = [kind, list(question.numbers), question.start, question.end, seen]
        counted = f"SELECT count(*) FROM {tables} WHERE {where}"
        if after:
            where += " AND (s.start_at, s.slot) > ($6, $7)"
            args += after
        rows = await self.store.query(
            f"SELECT found.*, total.count FROM ({counted}) AS total LEFT JOIN LATERAL ("
            f"SELECT {_SLOT} FROM {tables} WHERE {where} ORDER BY s.start_at, s.slot LIMIT {int(limit)}) AS found ON true "
            "ORDER BY found.start_at, found.slot",
            *args,
        )
        return [_slot(row) for row in rows if row["slot"] is not None], int(rows[0]["count"])

    async def free(self, wanted: Wanted, *, limit: int, a_day: int | None = None) -> list[tuple[SlotRow, ScheduleRow]]:
        """Free slots for the finder, by time, each with its agenda; `a_day`: at most so many of an agenda each day."""
        where = ["c.active", "NOT s.busy", "s.start_at >= $1", "s.start_at < $2", "s.access && $3::text[]"]
        args: list[Any] = [wanted.start, wanted.end, sorted(wanted.access)]
        for word in normalise(wanted.place).split()[:4]:
            args.append(f"%{word}%")
            where.append(f"c.sought LIKE ${len(args)}")
        if wanted.specialty:
            args.append(wanted.specialty)
            where.append(f"c.specialty = ${len(args)}")
        if wanted.consultation:
            args.append([wanted.consultation])
            where.append(f"s.consultations && ${len(args)}::text[]")
        if wanted.schedule:
            args.append(wanted.schedule)
            where.append(f"s.schedule = ${len(args)}")
        if wanted.numbers:
            args.append(list(wanted.numbers))
            where.append(f"c.number = ANY(${len(args)}::text[])")
        columns = ", ".join(f"c.{name}" for name in COLUMNS[1:])
        rank = (
            ", row_number() OVER (PARTITION BY s.schedule, (s.start_at AT TIME ZONE 'Europe/Paris')::date "
            "ORDER BY s.start_at) AS rank"
        )
        found = (
            f"SELECT {_SLOT}, {columns}{rank if a_day else ''} FROM {self.schema}.slot s "
            f"JOIN {self.schema}.schedule c ON c.schedule = s.schedule WHERE {' AND '.join(where)}"
        )
        if a_day:
            found = f"SELECT * FROM ({found}) AS ranked WHERE rank <= {int(a_day)}"
        rows = await self.store.query(f"{found} ORDER BY start_at, name, slot LIMIT {int(limit)}", *args)
        return [(_slot(row), _schedule(row)) for row in rows]

    async def next_slot(self, schedule: str, after: datetime) -> datetime | None:
        """When the first slot of an agenda begins after a moment, taken or not."""
        rows = await self.store.query(
            f"SELECT min(start_at) AS start FROM {self.schema}.slot WHERE schedule = $1 AND start_at > $2",
            schedule,
            after,
        )
        found: datetime | None = rows[0]["start"]
        return found

    async def holdings(self, slots: Sequence[str]) -> dict[str, list[str]]:
        """Which appointments hold which of these slots."""
        rows = await self.store.query(
            f"SELECT slot, appointment FROM {self.schema}.holding WHERE slot = ANY($1::text[]) ORDER BY appointment",
            list(slots),
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["slot"], []).append(row["appointment"])
        return found

    async def held_by(self, appointment: str) -> list[str]:
        """The slots that an appointment holds."""
        rows = await self.store.query(
            f"SELECT slot FROM {self.schema}.holding WHERE appointment = $1 ORDER BY slot",
            appointment,
        )
        return [row["slot"] for row in rows]

    async def number_of(self, actor: str) -> str:
        """The national identifier of an actor of the house, "" when none is known."""
        rows = await self.store.query(
            f"SELECT number FROM {self.schema}.holder WHERE actor = $1",
            actor,
        )
        return str(rows[0]["number"]) if rows else ""

    async def resources(self, references: Iterable[tuple[str, str]]) -> dict[str, Stored]:
        """Live resources by reference ("Slot/…")."""
        found = await self.store.read_many(list(dict.fromkeys(references)))
        return {f"{one.type}/{one.id}": one for one in found}

    # -- statements ----------------------------------------------------------------------------------------------------

    def keep_schedule(self, row: ScheduleRow) -> Statement:
        """Know an agenda as `row` says."""
        values = [getattr(row, name) for name in COLUMNS]
        places = ", ".join(f"${n}" for n in range(1, len(COLUMNS) + 1))
        updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
        return (
            f"INSERT INTO {self.schema}.schedule ({', '.join(COLUMNS)}) VALUES ({places}) "
            f"ON CONFLICT (schedule) DO UPDATE SET {updates}",
            values,
        )

    def forget_schedule(self, schedule: str) -> list[Statement]:
        """Know an agenda and its slots no more."""
        return [
            (f"DELETE FROM {self.schema}.slot WHERE schedule = $1", [schedule]),
            (f"DELETE FROM {self.schema}.schedule WHERE schedule = $1", [schedule]),
        ]

    def keep_slots(self, schedule: str, derived: Sequence[Derived]) -> Statement:
        """Know these slots of an agenda, one statement for all."""
        return (
            f"INSERT INTO {self.schema}.slot (slot, schedule, start_at, end_at, walk_in, access, consultations, cpts) "
            "SELECT slot, $1, start_at, end_at, walk_in, string_to_array(access, ' '), string_to_array(consultations, ' '), "
            "string_to_array(cpts, ' ') FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::boolean[], "
            "$6::text[], $7::text[], $8::text[]) AS t(slot, start_at, end_at, walk_in, access, consultations, cpts) "
            "ON CONFLICT (slot) DO UPDATE SET end_at = excluded.end_at, walk_in = excluded.walk_in, "
            "access = excluded.access, consultations = excluded.consultations, cpts = excluded.cpts",
            [
                schedule,
                [slot_id(schedule, one.start) for one in derived],
                [one.start for one in derived],
                [one.end for one in derived],
                [one.opening.walk_in for one in derived],
                [" ".join(sorted(one.opening.access)) for one in derived],
                [" ".join(sorted(one.opening.consultations)) for one in derived],
                [" ".join(one.opening.cpts) for one in derived],
            ],
        )

    def forget_slots(self, slots: Sequence[str]) -> Statement:
        """Know these slots no more."""
        return (f"DELETE FROM {self.schema}.slot WHERE slot = ANY($1::text[])", [list(slots)])

    def hold(self, appointment: str, slots: Sequence[str], *, overbooked: Sequence[str]) -> list[Statement]:
        """An appointment holds these slots."""
        return [
            (
                f"INSERT INTO {self.schema}.holding (slot, appointment, overbooked) "
                "SELECT slot, $1, slot = ANY($3::text[]) FROM unnest($2::text[]) AS t(slot)",
                [appointment, list(slots), list(overbooked)],
            ),
            (f"UPDATE {self.schema}.slot SET busy = true WHERE slot = ANY($1::text[])", [list(slots)]),
        ]

    def release(self, appointment: str, slots: Sequence[str], *, free: Sequence[str]) -> list[Statement]:
        """An appointment lets these slots go; those of `free` nobody else holds."""
        return [
            (
                f"DELETE FROM {self.schema}.holding WHERE appointment = $1 AND slot = ANY($2::text[])",
                [appointment, list(slots)],
            ),
            (f"UPDATE {self.schema}.slot SET busy = false WHERE slot = ANY($1::text[])", [list(free)]),
        ]

    def say_holder(self, actor: str, number: str) -> Statement:
        """An actor of the house is the professional who has this national identifier."""
        return (
            f"INSERT INTO {self.schema}.holder (actor, number) VALUES ($1, $2) "
            "ON CONFLICT (actor) DO UPDATE SET number = excluded.number",
            [actor, number],
        )


def _schedule(row: Row) -> ScheduleRow:
    return ScheduleRow(**{name: row[name] for name in COLUMNS if name != "sought"})


def _slot(row: Row) -> SlotRow:
    return SlotRow(
        row["slot"],
        row["schedule"],
        row["start_at"],
        row["end_at"],
        row["busy"],
        row["walk_in"],
        frozenset(TypeCreneau(code) for code in row["access"]),
        frozenset(row["consultations"]),
        tuple(row["cpts"]),
    )
