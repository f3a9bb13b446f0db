"""Names of the NOS (nomenclatures des objets de santé): from what a file says to URLs and OIDs.

Several URLs name one terminology; the OID is the stable key. Source: ANS, NOS naming rule `{family}_{code}-{Label}`.
"""

import re
from dataclasses import dataclass
from typing import Final

from socle.foundations.terminologies.model import Json

MOS: Final = "https://mos.esante.gouv.fr/NOS"
SMT: Final = "https://smt.esante.gouv.fr/fhir"
_NAME: Final = re.compile(r"(TRE|JDV|ASS)[_-]([A-Z]\d+)-([A-Za-z0-9À-ÿ_-]+)")
_PLAIN: Final = re.compile(r"(?:[A-Z][a-z]+)+")
_WORD: Final = re.compile(r"[A-Z][a-z]+")


@dataclass(frozen=True, slots=True)
class Nos:
    """TRE_R38-SpecialiteOrdinale: its family, code and label; (family, code) is the key."""

    family: str
    code: str
    label: str

    @property
    def url(self) -> str:
        """The canonical URL in use in the FHIR files of the NOS."""
        name = f"{self.family}_{self.code}-{self.label}"
        return f"{MOS}/{name}/FHIR/{name.replace('_', '-')}"

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other URLs that surely name it: that of the SMT, where the label is made of plain words."""
        if self.family == "ASS" or not _PLAIN.fullmatch(self.label):
            return ()
        words = "-".join(word.lower() for word in _WORD.findall(self.label))
        kind = "CodeSystem" if self.family == "TRE" else "ValueSet"
        return (f"{SMT}/{kind}/{self.family.lower()}-{self.code.lower()}-{words}",)


def named(text: str) -> Nos | None:
    """The NOS terminology that a display name, a file name or a URL names; None when it names none."""
    found = _NAME.search(text)
    return Nos(found[1], found[2], found[3]) if found else None


def naming_system(url: str, name: str, oid: str, aliases: tuple[str, ...], date: str) -> Json:
    """The NamingSystem that says that these URLs and this OID name one code system."""
    identifiers: list[Json] = [{"type": "uri", "value": url, "preferred": True}]
    identifiers += [{"type": "uri", "value": alias} for alias in aliases]
    if oid:
        identifiers.append({"type": "oid", "value": oid})
    return {
        "resourceType": "NamingSystem",
        "name": name,
        "status": "active",
        "kind": "codesystem",
        "date": date,
        "uniqueId": identifiers,
    }
