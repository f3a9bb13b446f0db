"""Files that are wrong on purpose, each in one way that is told, so that importers are tried before the real ones come.

Each is made from one territory of the same seed. `faults.json` says of each: the file, what is wrong, where (line and
column, from 1, when there is one), and what an importer should do of it, as we see it:

refused   nothing of the file may be loaded: it is cut, or nobody can say which of two lines is right
rejected  the line is left out and named; the others are loaded
remarked  everything is loaded, and the line is named: its source should be corrected
loaded    everything is loaded: the file is unusual, not wrong
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, Final, NamedTuple

from socle.foundations.country.country import Country
from socle.foundations.country.files import annuaire, finess_csv, finess_plus, finess_xml
from socle.foundations.country.files.write import Generation

REFUSED, REJECTED, REMARKED, LOADED = "refused", "rejected", "remarked", "loaded"
FOLDER: Final = "faults"
_AT: Final = 12  # the line that is made wrong


class Fault(NamedTuple):
    """A wrong file: its name, its octets, what is wrong with it, where, what is expected."""

    name: str
    octets: bytes
    told: str
    expected: str
    line: int = 0
    column: str = ""


def faults(country: Country) -> Iterator[Fault]:
    """Every wrong file, made from the first territory of a country."""
    yield from _annuaire(country)
    yield from _finess_csv(country)
    yield from _finess_xml(country)
    yield from _finess_plus(country)


def write(generation: Generation) -> None:
    """Write the wrong files below `faults/`, and what is wrong with each in `faults.json`."""
    told: list[dict[str, Any]] = []
    for fault in faults(generation.asked.country):
        name = f"{FOLDER}/{fault.name}"
        with generation.opened(name) as path:
            path.write_bytes(fault.octets)
        generation.add(name, format="faults", told=fault.told)
        told.append({**fault._asdict(), "octets": len(fault.octets)})
    with generation.opened(f"{FOLDER}/faults.json") as path:
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    generation.add(f"{FOLDER}/faults.json", format="faults", count=len(told))


# The extraction of the Annuaire Santé


def _annuaire(country: Country) -> Iterator[Fault]:
    count = min(360, country.practitioner_count)
    lines = (annuaire.ACTIVITE + "\n" + annuaire.activities(country, 0, count)[0]).splitlines(keepends=True)
    others = {
        "PS_LibreAcces_Dipl_AutExerc_202601050400.txt": annuaire.DIPLOME
        + "\n"
        + annuaire.degrees(country, 0, count)[0],
        "PS_LibreAcces_SavoirFaire_202601050400.txt": annuaire.SAVOIR_FAIRE
        + "\n"
        + annuaire.skills(country, 0, count)[0],
    }

    def packed(activities: bytes, without: str = "") -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            members = {"PS_LibreAcces_Personne_activite_202601050400.txt": activities}
            members |= {name: text.encode() for name, text in others.items()}
            for name, octets in members.items():
                if not without or without not in name:
                    archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 4, 0, 0)), octets, zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def with_line(change: Callable[[list[str]], list[str]], at: int = _AT) -> bytes:
        made = list(lines)
        made[at - 1] = "|".join(change(made[at - 1].rstrip("\n").split("|"))) + "\n"
        return packed("".join(made).encode())

    good = packed("".join(lines).encode())
    names = annuaire.ACTIVITE.split("|")

    def put(column: str, value: str) -> Callable[[list[str]], list[str]]:
        def change(fields: list[str]) -> list[str]:
            fields[names.index(column)] = value
            return fields

        return change

    yield Fault("annuaire-zip-tronque.zip", good[: len(good) * 6 // 10], "l'archive est coupée", REFUSED)
    yield Fault(
        "annuaire-ligne-coupee.zip",
        packed("".join(lines)[:-60].encode()),
        "la dernière ligne s'arrête au milieu d'un champ",
        REJECTED,
        len(lines),
    )
    order = [1, 0, 2, *range(8, 2, -1), *range(9, len(names))]
    permuted = "".join("|".join(line.rstrip("\n").split("|")[at] for at in order) + "\n" for line in lines)
    yield Fault(
        "annuaire-colonnes-permutees.zip",
        packed(permuted.encode()),
        "colonnes dans un autre ordre, en-tête compris",
        LOADED,
    )
    yield Fault(
        "annuaire-champ-manquant.zip",
        with_line(lambda fields: fields[:7] + fields[8:]),
        "le nom d'exercice manque avec son séparateur : tout est décalé",
        REJECTED,
        _AT,
    )
    number = lines[1].split("|")[1]
    yield Fault(
        "annuaire-identifiant-double.zip",
        with_line(lambda f: [f[0], number, "8" + number, *f[3:7], "HOMONYME", "Autre", *f[9:]], len(lines)),
        "une autre personne porte le numéro de la première",
        REJECTED,
        len(lines),
        "Identification nationale PP",
    )
    mixed = b"".join(line.encode("latin-1" if at % 5 == 4 else "utf-8") for at, line in enumerate(lines))
    yield Fault(
        "annuaire-encodages-meles.zip", packed(mixed), "une ligne sur cinq est en Latin-1, les autres en UTF-8", LOADED
    )
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    yield Fault(
        "annuaire-cle-fausse.zip",
        with_line(lambda f: [f[0], wrong, "8" + wrong, *f[3:]]),
        "la clé du numéro RPPS est fausse",
        REJECTED,
        _AT,
        "Identifiant PP",
    )
    yield Fault(
        "annuaire-sans-identification.zip",
        packed("".join(lines).replace("Identification nationale PP", "Identifiant interne", 1).encode()),
        "la colonne Identification nationale PP n'est pas là",
        REFUSED,
        1,
    )
    yield Fault(
        "annuaire-sans-savoir-faire.zip",
        packed("".join(lines).encode(), "SavoirFaire"),
        "il manque un des trois fichiers : ce qu'il disait serait retiré",
        REMARKED,
    )
    yield Fault(
        "annuaire-caractere-nul.zip",
        with_line(put("Raison sociale site", "CABINET\x00 DU PORT")),
        "un champ contient un caractère de contrôle",
        LOADED,
        _AT,
        "Raison sociale site",
    )
    yield Fault("annuaire-vide.zip", packed(lines[0].encode()), "l'en-tête, et personne", REFUSED)


# The open files of FINESS


def _finess_csv(country: Country) -> Iterator[Fault]:
    head = finess_csv.metadata(country)
    entities = finess_csv.entities(country, 0, 11)[0].splitlines()
    sites = finess_csv.establishments(country, 0, 20)[0].splitlines()
    places = finess_csv.positions(country, 0, 20)[0].splitlines()

    def file(*rows: str, encoding: str = "utf-8") -> bytes:
        return (head + "\n".join(rows) + "\n").encode(encoding)

    def with_site(at: int, value: str, line: int = _AT) -> bytes:
        fields = sites[line - 2].split(";")
        fields[at] = value
        return file(*entities, *(";".join(fields) if row is sites[line - 2] else row for row in sites))

    where = _AT + len(entities)
    yield Fault(
        "finess-parent-inconnu.csv",
        with_site(2, "0B2999999"),
        "l'entité juridique de l'établissement n'existe pas",
        REMARKED,
        where,
        "nofinessej",
    )
    yield Fault(
        "finess-parent-apres.csv",
        file(*sites, *entities),
        "les entités juridiques viennent après leurs établissements",
        LOADED,
    )
    yield Fault(
        "finess-cle-fausse.csv",
        with_site(1, "0B5000002"),
        "la clé du numéro FINESS est fausse",
        REMARKED,
        where,
        "nofinesset",
    )
    double = sites[0].split(";")
    double[3] = "UN AUTRE NOM"
    yield Fault(
        "finess-numero-double.csv",
        file(*entities, *sites, ";".join(double)),
        "le numéro du premier établissement revient avec un autre nom",
        REFUSED,
        2 + len(entities) + len(sites),
        "nofinesset",
    )
    yield Fault(
        "finess-date-fausse.csv",
        with_site(28, "2024-02-31"),
        "la date d'ouverture n'est pas au calendrier",
        REJECTED,
        where,
        "dateouv",
    )
    yield Fault(
        "finess-champ-en-trop.csv",
        with_site(3, "CLINIQUE;DU PORT"),
        "un point-virgule dans la raison sociale décale les champs",
        REJECTED,
        where,
        "rs",
    )
    mixed = head.encode() + b"".join(
        (row + "\n").encode("latin-1" if at % 2 else "utf-8") for at, row in enumerate([*entities, *sites])
    )
    yield Fault("finess-encodages-meles.csv", mixed, "une ligne sur deux est en Latin-1", LOADED)
    fields = places[0].split(";")
    fields[2], fields[3] = fields[3], fields[2]
    yield Fault(
        "finess-coordonnees-permutees.csv",
        file(*entities, *sites, ";".join(fields), *places[1:]),
        "les coordonnées du premier établissement sont l'une à la place de l'autre",
        REMARKED,
        2 + len(entities) + len(sites),
        "coordxet",
    )
    yield Fault(
        "finess-sans-metadonnees.csv",
        file(*entities, *sites)[len(head) :],
        "la première ligne est déjà une structure",
        LOADED,
    )


# The feeds and FINESS+


def _finess_xml(country: Country) -> Iterator[Fault]:
    text = finess_xml.beginning(country) + finess_xml.establishments(country, 0, 20)[0] + finess_xml.END
    yield Fault("finess-tronque.xml", text[: len(text) * 7 // 10].encode(), "le flux est coupé", REFUSED)
    doctype = '<!DOCTYPE fluxfiness [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>\n'
    first, _, rest = text.partition("\n")
    yield Fault(
        "finess-entites.xml",
        f"{first}\n{doctype}{rest.replace('<rs>', '<rs>&c;', 1)}".encode(),
        "le flux déclare des entités qui se multiplient",
        REFUSED,
    )
    yield Fault(
        "finess-autre-racine.xml",
        text.replace("fluxfiness", "fluxfinance").encode(),
        "la racine n'est pas fluxfiness",
        REFUSED,
    )
    number = country.establishment(3).finess
    yield Fault(
        "finess-sans-numero.xml",
        text.replace(f"<nofinesset>{number}</nofinesset>", '<nofinesset xsi:nil="true"/>').encode(),
        "le quatrième établissement n'a pas de numéro",
        REJECTED,
        0,
        "nofinesset",
    )


def _finess_plus(country: Country) -> Iterator[Fault]:
    head = finess_plus.beginning(country, structures=True)
    body = finess_plus.structures(country, 0, 11)[0]
    text = head + body + finess_plus.END
    yield Fault("finess-plus-tronque.json", text[: len(text) * 7 // 10].encode(), "le document est coupé", REFUSED)
    number = country.establishment(6).finess
    yield Fault(
        "finess-plus-numero-nul.json",
        text.replace(f'"numFinessEge":"{number}"', '"numFinessEge":null').encode(),
        "un établissement n'a pas de numéro",
        REJECTED,
        2,
        "numFinessEge",
    )
    yield Fault(
        "finess-plus-sans-pmej.json",
        (head.replace('"pmej"', '"personnes"') + body + finess_plus.END).encode(),
        "le document n'a pas de personnes morales",
        REFUSED,
    )
