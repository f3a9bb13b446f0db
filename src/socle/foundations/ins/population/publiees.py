"""The test persons that the documentation of INSi and open-source clients publish, with the OIDs that were observed.

They do not exist, although the test platform answers with the production OID for most of them (shared facts, section
1.5).
Matricules were observed in public client code; those marked “ours” were not published, or were published with a wrong
key.
"""

from datetime import date

from socle.foundations.ins.model import AutoriteAffectation, cle_nir
from socle.foundations.ins.population.personne import Ancien, Personne

_PRODUCTION = "1.2.250.1.213.1.4.8"


def _person(rang: int, nom: str, prenoms: str, sexe: str, ne: str, lieu: str, numero: str) -> Personne:
    return Personne(-rang, nom, prenoms, sexe, ne, lieu, numero, cle_nir(numero), _PRODUCTION)


def _old(numero: str, debut: date | None, fin: date | None) -> Ancien:
    return Ancien(numero, cle_nir(numero), _PRODUCTION, debut, fin)


def published() -> tuple[Personne, ...]:
    """The published test persons."""
    ecetinsi = _person(
        6, "ECETINSI", "PIERRE-ALAIN MURIEL FLORIANT", "M", "2009-07-14", "63220", "1090763220834"
    )._replace(
        debut=date(2019, 3, 1),
        historique=(
            _old("2090763220834", date(2009, 7, 14), date(2019, 2, 28)),
            _old("2090663220123", None, date(2009, 7, 14)),
        ),
    )
    return (
        _person(1, "ADRUN", "ZOE", "F", "1975-12-31", "63220", "2751263220749"),
        # published with the key 42, which the arithmetic refuses: the right one is kept
        _person(2, "ADRDEUX", "LAURENT", "M", "1981-01-01", "63220", "1810163220751"),
        _person(3, "ADRTROIS", "DOMINIQUE", "F", "1997-02-26", "2A020", "297022A020778"),
        _person(4, "ADRTROIS", "TOUSSAINT", "M", "1960-01-01", "2B020", "160012B020777"),
        _person(5, "TCHITCHI", "OLA CATARINA BELLA", "F", "1936-06-21", "63220", "2360663220836"),
        ecetinsi,
        # ours: no matricule was found published for this person, so a test OID
        _person(7, "D'ARTAGNAN DE L'HERAULT", "PIERRE-ALAIN", "M", "2001-06-17", "63220", "1010663220831")._replace(
            oid=AutoriteAffectation.NIR_TEST.oid
        ),
    )
