"""Reading a message of patient administration: what it says, or everything that is wrong with it, place by place.

Where the French volume leaves a choice, ours is said in the docstring of the rule.
"""

import re
from datetime import date
from typing import Final

from socle.foundations.ins.index.adt.model import Doing, Identity, Told
from socle.foundations.ins.index.model import Identifier
from socle.foundations.ins.model import INS, AutoriteAffectation, MatriculeINS, StatutIdentite
from socle.kernel.hl7v2 import Fault, Message, Place, Segment
from socle.kernel.outcome import Problem, Text

_STAYS: Final = (
    *("A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13", "A14"),
    *("A21", "A22", "A38", "A52", "A53", "A54", "A55", "Z99"),
)
EVENTS: Final = {
    **dict.fromkeys(("A28", "A31"), Doing.FEED),  # ITI-30: an identity is created, updated
    # ITI-31: a stay or a movement; the identity that it carries is the sender's present one
    **dict.fromkeys(_STAYS, Doing.FEED),
    "A29": Doing.REMOVE,
    "A37": Doing.UNMERGE,
    "A40": Doing.MERGE,
    "A47": Doing.RENAME,
}
_WITHOUT_PV1: Final = frozenset({"A37", "A40", "A47"})
_VERSION = re.compile(r"2\.[0-9]{1,2}")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_DATE = re.compile(r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:[0-9]{2,10}(?:\.[0-9]+)?(?:[+-][0-9]{4})?)?)?)?")
_COMMUNE = re.compile(r"(?:2[AB]|[0-9]{2})[0-9]{3}")
_SEXES: Final = {"M": "M", "F": "F", "U": "", "O": "", "A": "", "N": "", "": ""}  # table 0001
_INS_TYPES: Final = frozenset({"INS", "INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-NIR-DEMO"})
_DOUBTFUL: Final = frozenset({"DOUT", "FICT", "DOUB", "PROV", "RECUP", "ANOM"})  # table 0445: never an INS in force


class Wrong(Exception):
    """A message that cannot be taken: all of its faults, in order."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def read(message: Message) -> Told:
    """What a message tells the index. Raises: Wrong."""
    reading = _Reading(message)
    doing = reading.header()
    told = reading.told(doing) if doing is not None else None
    if told is None or any(not fault.warning for fault in reading.faults):
        raise Wrong(reading.faults)
    return told


class _Reading:
    def __init__(self, message: Message) -> None:
        self.message = message
        self.faults: list[Fault] = []

    def fault(self, place: Place, code: int, fr: str, en: str, *, warning: bool = False) -> None:
        self.faults.append(Fault(place, code, Text(fr, en), warning))

    # -- MSH, and the segments that an event needs -----------------------------------------------------------------------

    def header(self) -> Doing | None:
        """What the event asks; None when the message is not one of ours, or is not whole."""
        msh = self.message.header
        if not self.message.control_id:
            self.fault(
                msh.place(10),
                101,
                "MSH-10 : donnez un numéro au message, l'acquittement le répète.",
                "MSH-10: give the message a number, the acknowledgement repeats it.",
            )
        if msh.get(9, 1) != "ADT":
            self.fault(
                msh.place(9, 1),
                200,
                "MSH-9.1 : cette porte prend les messages ADT.",
                "MSH-9.1: this door takes ADT messages.",
            )
        doing = EVENTS.get(msh.get(9, 2))
        if doing is None:
            known = ", ".join(sorted(EVENTS))
            self.fault(
                msh.place(9, 2),
                201,
                f"MSH-9.2 : événement inconnu de l'index ; attendu : {known}.",
                f"MSH-9.2: event unknown to the index; expected: {known}.",
            )
        if (msh.get(12, 1), msh.get(12, 2)) != ("2.5", "FRA") or not _VERSION.fullmatch(msh.get(12, 3)):
            self.fault(
                msh.place(12),
                203,
                "MSH-12 : attendu 2.5^FRA^2.x, la version de PAM France (par exemple 2.5^FRA^2.11).",
                "MSH-12: expected 2.5^FRA^2.x, the version of PAM France (for instance 2.5^FRA^2.11).",
            )
        if msh.get(11) not in ("P", "T", "D"):
            self.fault(
                msh.place(11),
                202,
                "MSH-11 : P (production), T (test) ou D (mise au point).",
                "MSH-11: P (production), T (training) or D (debugging).",
            )
        if doing is None or any(fault.code in (200, 203) for fault in self.faults):
            return None
        event = msh.get(9, 2)
        needed = (
            ["EVN", "PID"] + ([] if event in _WITHOUT_PV1 else ["PV1"]) + (["MRG"] if event in ("A40", "A47") else [])
        )
        for name in needed:
            if self.message.first(name) is None:
                self.fault(
                    Place(name),
                    100,
                    f"Le segment {name} manque : {event} l'exige.",
                    f"The segment {name} is missing: {event} requires it.",
                )
        most = 2 if doing is Doing.UNMERGE else 1
        for name, allowed in (("PID", most), ("MRG", 1)):
            found = sum(1 for _ in self.message.named(name))
            if found > allowed or (name == "PID" and doing is Doing.UNMERGE and found < most):
                self.fault(
                    Place(name, allowed + 1),
                    100,
                    f"{event} porte {allowed} segment(s) {name}, celui-ci {found}.",
                    f"{event} carries {allowed} {name} segment(s), this one {found}.",
                )
        return doing

    def told(self, doing: Doing) -> Told | None:
        pids = list(self.message.named("PID"))
        if not pids:
            return None
        named_only = doing in (Doing.UNMERGE, Doing.REMOVE)
        identity = self.identity(pids[0], named_only=named_only)
        other: Identifier | None = None
        if doing in (Doing.MERGE, Doing.RENAME):
            mrg = self.message.first("MRG")
            other = self.local(mrg, 1) if mrg is not None else None
        elif doing is Doing.UNMERGE and len(pids) > 1:
            other = self.local(pids[1], 3)
        if identity is None:
            return None
        self.stay()
        if other is not None and other == identity.local:
            mrg = self.message.first("MRG") or pids[-1]
            self.fault(
                mrg.place(1 if mrg.name == "MRG" else 3),
                204,
                "Les deux identifiants sont le même.",
                "Both identifiers are the same.",
            )
        return Told(doing, identity, other, tuple(fault for fault in self.faults if fault.warning))

    def stay(self) -> None:
        """Say that the identity was taken and the movement was not kept: the sender must not think that it was."""
        event = self.message.header.get(9, 2)
        if event in _STAYS:
            segment = "ZBE" if self.message.first("ZBE") is not None else "PV1"
            self.fault(
                Place(segment),
                0,
                f"L'identité est prise ; le mouvement {event} n'est pas gardé : cet index ne connaît pas les séjours.",
                f"The identity is taken; the movement {event} is not kept: this index knows no stays.",
                warning=True,
            )

    # -- PID -------------------------------------------------------------------------------------------------------------

    def identity(self, pid: Segment, *, named_only: bool) -> Identity | None:
        local = self.local(pid, 3)
        if named_only:
            return Identity(local) if local is not None else None
        codes = {pid.get(32, repetition=n) for n in range(1, pid.repetitions(32) + 1)}
        ins, former = self.ins(pid)
        statut = _statut(codes, has_ins=ins is not None)
        family, given, usual_family, usual_given = self.names(pid)
        street, postcode, city, place = self.addresses(pid)
        phones, mails = _telecoms(pid)
        sex = pid.get(8)
        if sex not in _SEXES:
            self.fault(
                pid.place(8),
                103,
                "PID-8 : M, F, U (inconnu), O, A ou N (table 0001).",
                "PID-8: M, F, U (unknown), O, A or N (table 0001).",
            )
        born = self.born(pid)
        if local is None:
            return None
        return Identity(
            local,
            family,
            given,
            usual_family,
            usual_given,
            _SEXES.get(sex, ""),
            born,
            place,
            street,
            postcode,
            city,
            phones,
            mails,
            ins if statut is StatutIdentite.QUAL else None,
            former,
            statut,
        )

    def local(self, segment: Segment, field: int) -> Identifier | None:
        """The first identifier of type PI, with the OID of its authority: without it, it means nothing outside."""
        for n in range(1, segment.repetitions(field) + 1):
            if segment.get(field, 5, repetition=n) != "PI":
                continue
            value, oid = segment.get(field, repetition=n), segment.get(field, 4, 2, repetition=n)
            if not value:
                self.fault(
                    segment.place(field, 1, repetition=n),
                    101,
                    f"{segment.name}-{field}.1 : l'identifiant est vide.",
                    f"{segment.name}-{field}.1: the identifier is empty.",
                )
                return None
            if not _OID.fullmatch(oid):
                self.fault(
                    segment.place(field, 4, 2, repetition=n),
                    101,
                    f"{segment.name}-{field}.4.2 : donnez l'OID de l'autorité d'affectation (AUTORITÉ&1.2.250…&ISO).",
                    f"{segment.name}-{field}.4.2: give the OID of the assigning authority (AUTHORITY&1.2.250…&ISO).",
                )
                return None
            return Identifier(f"urn:oid:{oid}", value)
        self.fault(
            segment.place(field),
            101,
            f"{segment.name}-{field} : donnez l'identifiant local du patient, de type PI.",
            f"{segment.name}-{field}: give the local identifier of the patient, of type PI.",
        )
        return None

    def ins(self, pid: Segment) -> tuple[INS | None, tuple[INS, ...]]:
        """The INS of PID-3, and those whose validity is over (CX-8): a person may go from NIA to NIR."""
        now: INS | None = None
        former: list[INS] = []
        for n in range(1, pid.repetitions(3) + 1):
            if pid.get(3, 5, repetition=n) not in _INS_TYPES:
                continue
            try:
                authority = AutoriteAffectation.of_oid(pid.get(3, 4, 2, repetition=n))
            except Problem as problem:
                self._problem(pid.place(3, 4, 2, repetition=n), 103, problem)
                continue
            try:
                found = INS(MatriculeINS.parse(pid.get(3, repetition=n)), authority)
            except Problem as problem:
                self._problem(pid.place(3, 1, repetition=n), 102, problem)
                continue
            if not found.matricule.is_key_right:
                self.fault(
                    pid.place(3, 1, repetition=n),
                    102,
                    "PID-3.1 : la clé du matricule est fausse ; c'est admis des OID de test, à corriger partout ailleurs.",
                    "PID-3.1: the key of the matricule is wrong; test OIDs may, nobody else.",
                    warning=True,
                )
            if pid.get(3, 8, repetition=n):
                former.append(found)
            elif now is None:
                now = found
            elif now != found:
                self.fault(
                    pid.place(3, repetition=n),
                    205,
                    "PID-3 : deux INS en vigueur ; datez la fin de validité de l'ancien (CX-8).",
                    "PID-3: two INS in force; date the end of the former one (CX-8).",
                )
        return now, tuple(former)

    def names(self, pid: Segment) -> tuple[str, tuple[str, ...], str, str]:
        """Birth name (PID-5, type L) and its given names: the first in component 2, all of them in 3; name in use (D)."""
        family = usual_family = usual_given = ""
        given: tuple[str, ...] = ()
        found = False
        for n in range(1, pid.repetitions(5) + 1):
            kind = pid.get(5, 7, repetition=n)
            name, first = pid.get(5, 1, 1, repetition=n), pid.get(5, 2, repetition=n)
            if kind == "L" and not found:
                found = True
                family, given = name, _given(first, pid.get(5, 3, repetition=n))
            elif kind == "D":
                usual_family, usual_given = name, first
        if not found or not family:
            self.fault(
                pid.place(5),
                101,
                "PID-5 : donnez le nom de naissance, dans une occurrence de type L.",
                "PID-5: give the birth name, in a repetition of type L.",
            )
        return family, given, usual_family, usual_given

    def addresses(self, pid: Segment) -> tuple[str, str, str, str]:
        """Street, postcode and city where the person lives; INSEE code of the birthplace (type BDL, component 9)."""
        street = postcode = city = place = ""
        for n in range(1, pid.repetitions(11) + 1):
            kind = pid.get(11, 7, repetition=n)
            if kind == "BDL":
                code = pid.get(11, 9, repetition=n)
                if code and not _COMMUNE.fullmatch(code):
                    self.fault(
                        pid.place(11, 9, repetition=n),
                        103,
                        "PID-11.9 : le lieu de naissance est un code INSEE de cinq caractères (commune, ou 99 et pays).",
                        "PID-11.9: the birthplace is an INSEE code of five characters (commune, or 99 and country).",
                    )
                else:
                    place = code
            elif not city and not postcode and kind in ("", "H", "L", "M", "C"):
                street, city, postcode = (pid.get(11, part, repetition=n) for part in (1, 3, 5))
        return street, postcode, city, place

    def born(self, pid: Segment) -> str:
        text = pid.get(7)
        if not text:
            return ""
        match = _DATE.fullmatch(text)
        day = "-".join(part for part in match.groups() if part) if match else ""
        if not day or (len(day) == 10 and not _is_day(day)) or (len(day) == 7 and not "01" <= day[5:] <= "12"):
            self.fault(
                pid.place(7),
                102,
                "PID-7 : la date de naissance s'écrit AAAAMMJJ, ou AAAAMM, ou AAAA quand elle n'est pas connue entière.",
                "PID-7: the birth date is YYYYMMDD, or YYYYMM, or YYYY when it is not wholly known.",
            )
            return ""
        return day

    def _problem(self, place: Place, code: int, problem: Problem) -> None:
        for issue in problem.issues:
            self.faults.append(Fault(place, code, issue.text))


def _statut(codes: set[str], *, has_ins: bool) -> StatutIdentite | None:
    """The status that PID-32 says (table 0445); None when it says nothing.

    PAM France lets an INS travel only when the identity is qualified, and older versions of the table had no code but VALI
    for it: ours is to read VALI with an INS as QUAL, and any sign of doubt as PROV.
    """
    if codes & {"DOUT", "FICT"}:
        return StatutIdentite.PROV
    if "QUAL" in codes or ("VALI" in codes and has_ins and not codes & _DOUBTFUL):
        return StatutIdentite.QUAL
    return next((statut for statut in StatutIdentite if statut.value in codes), None)


def _given(first: str, every: str) -> tuple[str, ...]:
    """Given names in order; a compound first name, written with a space, stays one."""
    if not first:
        return tuple(every.split())
    spelled = _joined(every)
    rest = spelled.removeprefix(_joined(first)).strip() if spelled.startswith(_joined(first)) else spelled
    return (first, *(name for name in rest.split() if name != first))


def _joined(text: str) -> str:
    return " ".join(text.split())


def _telecoms(pid: Segment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phones and mails of PID-13 and PID-14 (XTN)."""
    phones: list[str] = []
    mails: list[str] = []
    for field in (13, 14):
        for n in range(1, pid.repetitions(field) + 1):
            whole, written, mail = (pid.get(field, part, repetition=n) for part in (12, 1, 4))
            number = whole or written
            if "@" in number and not mail:
                number, mail = "", number
            if number:
                phones.append(number)
            if mail:
                mails.append(mail)
    return tuple(phones), tuple(mails)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
