"""Codes and numbers that the guides of agendas name. Sources: ans.fhir.fr.sas 1.2.0 (nomenclatures, FAQ), NOS."""

import re
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from socle.kernel.outcome import Kind, Problem

IDNPS: Final = "urn:oid:1.2.250.1.71.4.2.1"  # national identifiers of professionals
IDNST: Final = "urn:oid:1.2.250.1.71.4.2.2"  # national identifiers of structures
SAS: Final = "urn:oid:1.2.250.1.213.3.6"  # identifiers that the SAS gives
_NOS: Final = "https://mos.esante.gouv.fr/NOS"
TYPE_CRENEAU: Final = f"{_NOS}/TRE_R314-TypeCreneau/FHIR/TRE-R314-TypeCreneau"
SPECIALITE: Final = f"{_NOS}/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
CATEGORIE_ETABLISSEMENT: Final = f"{_NOS}/TRE_R66-CategorieEtablissement/FHIR/TRE-R66-CategorieEtablissement"
CPTS_CATEGORY: Final = "604"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
APPOINTMENT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v2-0276"
ZONE: Final = ZoneInfo("Europe/Paris")

_PS: Final = re.compile(r"8?\d{11}|0?[0-9AB]{9}|3\d{8,14}/[0-9A-Za-z]{1,32}")
_FINESS: Final = re.compile(r"1?([0-9][0-9AB]\d{7})")
_STRUCTURE: Final = re.compile(r"1[0-9][0-9AB]\d{7}|3\d{14}|[04]\d{9,14}")


class TypeCreneau(StrEnum):
    """Who may take a slot. Source: TRE_R314-TypeCreneau."""

    PUBLIC = "PUBLIC"
    PRO = "PRO"
    SNP = "SNP"
    CPTS = "CPTS"


class Consultation(StrEnum):
    """Where one is seen: at the practice, at home, by video. Source: v3-ActCode, the three of the SAS guide."""

    AMB = "AMB"
    HH = "HH"
    VR = "VR"


def numero_ps(text: str) -> str:
    """The national identifier of a professional with its prefix: 8 before an RPPS, 0 before an ADELI.

    Raises: Problem(INVALID). Source: SAS guide, FAQ (préfixes des ID nationaux).
    """
    value = text.strip()
    if not _PS.fullmatch(value):
        raise Problem.of(
            Kind.INVALID,
            f"« {value[:40]} » n'est pas un identifiant national de professionnel : 8 et les 11 chiffres du RPPS, "
            "0 et les 9 caractères de l'ADELI.",
            f"“{value[:40]}” is no national identifier of a professional: 8 and the 11 digits of the RPPS number, "
            "0 and the 9 characters of the ADELI number.",
            rule="SAS-PREFIXE",
        )
    if len(value) == 11 and value.isdigit():
        return f"8{value}"
    return f"0{value}" if len(value) == 9 else value


def numero_finess(text: str) -> str:
    """The identifier of a structure by FINESS with its prefix 1. Raises: Problem(INVALID)."""
    found = _FINESS.fullmatch(text.strip())
    if not found:
        raise Problem.of(
            Kind.INVALID,
            f"« {text.strip()[:40]} » n'est pas un numéro FINESS : 9 caractères, précédés de 1.",
            f"“{text.strip()[:40]}” is no FINESS number: 9 characters, after a 1.",
            rule="SAS-PREFIXE",
        )
    return f"1{found[1]}"


def numero_structure(text: str) -> str:
    """The national identifier of a structure with its prefix: 1 FINESS, 3 SIRET, 4 or 0 RPPS or ADELI practice.

    A SIRET or a FINESS without prefix gets its own. Raises: Problem(INVALID). Source: SAS guide, FAQ.
    """
    value = text.strip()
    if len(value) == 14 and value.isdigit():
        return f"3{value}"
    if len(value) == 9 and _FINESS.fullmatch(value):
        return f"1{value}"
    if not _STRUCTURE.fullmatch(value):
        raise Problem.of(
            Kind.INVALID,
            f"« {value[:40]} » n'est pas un identifiant national de structure : 1 et le FINESS, 3 et le SIRET, "
            "4 et le cabinet RPPS.",
            f"“{value[:40]}” is no national identifier of a structure: 1 and the FINESS, 3 and the SIRET, "
            "4 and the RPPS practice.",
            rule="SAS-PREFIXE",
        )
    return value
