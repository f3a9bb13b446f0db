"""Identities as a stream: a population, or records of it with the same people several times and known errors.

Columns of the file (semicolons, UTF-8, one heading line), or names of each object when it is NDJSON:

enregistrement  identifier of the record, unique, without order
personne        truth: the rank of the person; two records of the same rank are the same person
erreurs         truth: the slips of this record, by the names of `errors.SLIPS`, commas between; empty for a clean one
etablissement   FINESS number of where the record was made
nom_naissance, nom_utilise, prenoms, sexe, date_naissance, lieu_naissance  as INSi writes them
matricule, cle, oid, statut  the INS and status of the identity; no number unless the status is QUAL or RECUP
code_postal, telephone       to reach the person

Twins (about eight in a thousand) and homonyms are there: different ranks, nearly the same traits.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import orjson

from socle.foundations.country.draws import dice, table
from socle.foundations.country.files.errors import SLIPS, Fields
from socle.foundations.country.numbers import finess_et, mobile
from socle.foundations.country.places import communes
from socle.foundations.ins.population import Personne, generate
from socle.foundations.ins.population.noms import family_names

COLUMNS: Final = (
    "enregistrement", "personne", "erreurs", "etablissement", "nom_naissance", "nom_utilise", "prenoms", "sexe",
    "date_naissance", "lieu_naissance", "matricule", "cle", "oid", "statut", "code_postal", "telephone",
)  # fmt: skip
_TRAITS: Final = ("nom_naissance", "prenoms", "sexe", "date_naissance", "lieu_naissance")
POPULATION: Final = 68_000_000
OCTETS: Final = 175  # a record, roughly
_BLOCK: Final = 20_000  # people whose records are shuffled together
_NAMES: Final = table(((name, float(weight)) for name, weight in family_names()), 16_384)
_SLIPS: Final = table(((at, float(parts)) for at, (_, _, parts) in enumerate(SLIPS)), 1024)
_STATUS: Final = table((("QUAL", 45), ("RECUP", 15), ("VALI", 20), ("PROV", 20)), 256)
_COMMUNES: Final = table(((commune, float(commune.poids)) for commune in communes()), 4096)


def records(people: int, seed: int, duplicates: float) -> Iterator[Fields]:
    """The records of `people` persons.

    duplicates  share of the people who have records besides their first: one more, two for a third of them, three for a
                tenth; most have one slip, some two or three, one in ten none
    """
    throw, slip = dice(seed, "identity"), dice(seed, "slip")
    population = generate(people, seed)
    share = int(duplicates * 65_536)
    while block := list(islice(population, _BLOCK)):
        if not share:
            for person in block:
                yield _record(person, throw(person.rang), 0)
            continue
        found = []
        for person in block:
            draws = throw(person.rang)
            first = _record(person, draws, 0)
            found.append((draws[31], first))
            if draws[0] < share:
                more = 1 + (draws[1] % 3 == 0) + (draws[1] % 10 == 0)
                for at in range(1, more + 1):
                    thrown = slip(person.rang * 4 + at)
                    found.append((thrown[31], _slipped(_record(person, draws, at, thrown), thrown)))
        found.sort(key=lambda one: (one[0], one[1]["enregistrement"]))
        for _, record in found:
            yield record


def write(
    path: Path,
    people: int,
    seed: int,
    duplicates: float = 0.0,
    progress: Callable[[int], None] = lambda n: None,
    *,
    ndjson: bool = False,
) -> dict[str, int]:
    """Write the file, lines with semicolons or (`ndjson`) one JSON object a line; says how many records, people and
    duplicates it has. Constant memory.
    """
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        if not ndjson:
            file.write(";".join(COLUMNS) + "\n")
        lines: list[str] = []
        for record in records(people, seed, duplicates):
            count += 1
            lines.append(orjson.dumps(record).decode() if ndjson else ";".join(record.values()))
            if len(lines) == 5_000:
                file.write("\n".join(lines) + "\n")
                lines.clear()
                progress(5_000)
        if lines:
            file.write("\n".join(lines) + "\n")
            progress(len(lines))
    return {"records": count, "people": people, "duplicates": count - people}


def _record(person: Personne, draws: tuple[int, ...], at: int, thrown: tuple[int, ...] | None = None) -> Fields:
    used = person.nom_naissance
    adult = int(person.date_naissance[:4]) < 2000
    if adult and person.sexe == "F" and draws[2] % 100 < 55:
        spouse = _NAMES[draws[3] & 16_383]
        used = spouse if draws[2] % 4 else f"{used}-{spouse}"
    status = _STATUS[(thrown or draws)[4] & 255]
    known = status in ("QUAL", "RECUP")
    commune = _COMMUNES[draws[5] & 4095]
    # a number without order: multiplied by an odd number in a power of two, no two ranks share one
    hidden = ((person.rang * 4 + at) * 0x9E3779B97F + 0x1234567) & 0xFF_FFFF_FFFF
    return {
        "enregistrement": f"{hidden:013d}",
        "personne": f"{person.rang}",
        "erreurs": "",
        "etablissement": finess_et((draws[6] + 7 * at) % 100),
        "nom_naissance": person.nom_naissance,
        "nom_utilise": used,
        "prenoms": person.prenoms,
        "sexe": person.sexe,
        "date_naissance": person.date_naissance,
        "lieu_naissance": person.lieu_naissance,
        "matricule": person.numero if known else "",
        "cle": person.cle if known else "",
        "oid": person.oid if known else "",
        "statut": status,
        "code_postal": commune.code_postal,
        "telephone": mobile(draws[7]),
    }


def _slipped(record: Fields, thrown: tuple[int, ...]) -> Fields:
    wanted = (0, 1, 1, 1, 1, 1, 1, 2, 2, 3)[thrown[0] % 10]
    made: list[str] = []
    clean = dict(record)
    for attempt in range(4 * wanted):
        if len(made) == wanted:
            break
        name, slip, _ = SLIPS[_SLIPS[thrown[1 + attempt] & 1023]]
        if name not in made and slip(record, thrown[13 + attempt : 18 + attempt]):
            made.append(name)
    if all(record[field] == clean[field] for field in _TRAITS):
        made = [name for name in made if name == "coordonnees"]  # a second slip undid the first
    record["erreurs"] = ",".join(made)
    if set(made) - {"coordonnees"} and record["matricule"]:
        # who has a number has the traits that INSi gave: a slip is made where there is none
        record["statut"] = "VALI" if record["statut"] == "QUAL" else "PROV"
        record["matricule"] = record["cle"] = record["oid"] = ""
    return record
