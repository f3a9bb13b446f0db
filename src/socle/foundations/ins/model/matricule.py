"""Matricules: thirteen characters, a key, and the authority without which they mean nothing.

Layout: sex(1) year(2) month(2) department(2) commune(3) order(3); born abroad: department 99 + country(3);
overseas: 97x or 98x + commune(2). Source: décret 82-103; référentiel INS; shared facts, section 1.1 and 1.2.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum

from socle.kernel.outcome import Kind, Problem

RULE = "INS §1 matricule"

# Months 20–42 and 50–99 are given to births whose month is unknown. A first digit 3 or 4 is a temporary number, 7 or
# 8 a NIA.
_NUMERO = re.compile(
    r"[123478]"
    r"[0-9]{2}"
    r"(?:0[1-9]|1[0-2]|2[0-9]|3[0-9]|4[0-2]|[5-9][0-9])"
    r"(?:2[AB]|(?!00)[0-9]{2})"
    r"[0-9]{6}"
)
_SEPARATORS = re.compile(r"[\s.\-  ]+")


class Nature(StrEnum):
    """What the first digit says of a matricule."""

    NIR = "NIR"  # 1, 2: registered for good
    NIA = "NIA"  # 3, 4, 7, 8: waiting for registration


class Usage(StrEnum):
    """What a matricule under an authority may be used for."""

    PRODUCTION = "production"
    TEST = "test"
    DEMO = "demonstration"


class AutoriteAffectation(Enum):
    """Who gave a matricule: (OID, usage, FHIR type code). Source: référentiel INS; FR Core fr-core-cs-v2-0203.

    There is no OID for a test NIA: test NIA are carried under NIR_TEST, and told by their first digit.
    """

    NIR = ("1.2.250.1.213.1.4.8", Usage.PRODUCTION, "INS-NIR")
    NIA = ("1.2.250.1.213.1.4.9", Usage.PRODUCTION, "INS-NIA")
    NIR_TEST = ("1.2.250.1.213.1.4.10", Usage.TEST, "INS-NIR-TEST")
    NIR_DEMO = ("1.2.250.1.213.1.4.11", Usage.DEMO, "INS-NIR-DEMO")

    def __init__(self, oid: str, usage: Usage, code_fhir: str) -> None:
        self.oid = oid
        self.usage = usage
        self.code_fhir = code_fhir

    @property
    def system(self) -> str:
        """The FHIR Identifier.system."""
        return f"urn:oid:{self.oid}"

    @property
    def is_production(self) -> bool:
        """Whether real people carry it."""
        return self.usage is Usage.PRODUCTION

    @classmethod
    def of_oid(cls, oid: str) -> "AutoriteAffectation":
        """The authority of `oid` ("1.2.…" or "urn:oid:1.2.…").

        Raises: Problem(INVALID) when it is not an OID of the INS.
        """
        bare = oid.removeprefix("urn:oid:")
        for authority in cls:
            if authority.oid == bare:
                return authority
        raise Problem.of(
            Kind.INVALID,
            "Cet OID n'est pas une autorité d'affectation de l'INS ; attendu : 1.2.250.1.213.1.4.8 (NIR), .9 (NIA), "
            ".10 (test) ou .11 (démonstration).",
            "This OID is no assigning authority of the INS; expected: 1.2.250.1.213.1.4.8 (NIR), .9 (NIA), .10 (test) "
            "or "
            ".11 (demonstration).",
            rule="Référentiel INS, OID",
        )


def cle_nir(numero: str) -> str:
    """The two-digit key of a 13-character matricule: 97 − (number mod 97), Corsica 2A read as 19 and 2B as 18."""
    digits = numero
    if numero[5] == "2" and numero[6] in "AB":
        digits = numero[:5] + ("19" if numero[6] == "A" else "18") + numero[7:]
    return f"{97 - int(digits) % 97:02d}"


@dataclass(frozen=True, slots=True, repr=False)
class MatriculeINS:
    """A matricule as it is written: thirteen characters and the key that came with them, right or wrong.

    A wrong key is kept because test material carries some; whether it is acceptable depends on the authority (see
    `INS`).
    `cle` is computed when it is not given.
    """

    numero: str
    cle: str = ""

    def __post_init__(self) -> None:
        if not _NUMERO.fullmatch(self.numero):
            raise Problem.of(
                Kind.INVALID,
                "Ce n'est pas un matricule : 13 caractères attendus — sexe (1, 2, 3, 4, 7 ou 8), année, mois (01 à "
                "12, 20 à 42 "
                "ou 50 à 99), département (2A et 2B pour la Corse), commune, ordre.",
                "Not a matricule: 13 characters expected — sex (1, 2, 3, 4, 7 or 8), year, month (01–12, 20–42 or "
                "50–99), "
                "department (2A and 2B in Corsica), commune, order.",
                rule=RULE,
            )
        if not self.cle:
            object.__setattr__(self, "cle", cle_nir(self.numero))
        elif not (len(self.cle) == 2 and self.cle.isascii() and self.cle.isdigit() and 1 <= int(self.cle) <= 97):
            raise Problem.of(
                Kind.INVALID,
                "La clé d'un matricule est faite de deux chiffres, de 01 à 97.",
                "The key of a matricule is two digits, from 01 to 97.",
                rule=RULE,
            )

    @classmethod
    def parse(cls, text: str) -> "MatriculeINS":
        """The matricule written in `text`: 13 or 15 characters, spaces, dots and hyphens ignored, lower case accepted.

        Raises: Problem(INVALID) when it is not one. The key is not judged here.
        """
        if len(text) > 64:  # nothing that long is a matricule; do not even clean it
            text = text[:64]
        bare = _SEPARATORS.sub("", text).upper()
        if len(bare) == 15:
            return cls(bare[:13], bare[13:])
        return cls(bare)

    @property
    def is_key_right(self) -> bool:
        """Whether the key that came with the number is the one that the arithmetic gives."""
        return self.cle == cle_nir(self.numero)

    @property
    def nature(self) -> Nature:
        """NIR or NIA, from the first digit. The authority's OID remains the proof."""
        return Nature.NIR if self.numero[0] in "12" else Nature.NIA

    @property
    def value(self) -> str:
        """The fifteen characters: what FHIR, HL7 v2 and the datamatrix carry."""
        return self.numero + self.cle

    def masked(self) -> str:
        """What may be shown where the matricule itself may not: "1 •• •• •• ••• ••• ••" with the order number only."""
        return f"• •• •• •• ••• {self.numero[10:]} ••"

    def spaced(self) -> str:
        """As people read it: "2 77 01 01 154 003 29"."""
        n = self.numero
        return f"{n[0]} {n[1:3]} {n[3:5]} {n[5:7]} {n[7:10]} {n[10:]} {self.cle}"

    def __repr__(self) -> str:
        # never in a log or a traceback
        return f"MatriculeINS({self.nature}, …{self.numero[10:]})"


@dataclass(frozen=True, slots=True)
class INS:
    """A matricule with its authority: one without the other is not an INS. Source: référentiel INS, “matricule INS et
    OID”.
    """

    matricule: MatriculeINS
    autorite: AutoriteAffectation

    def __post_init__(self) -> None:
        if self.autorite.is_production and not self.matricule.is_key_right:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "La clé ne correspond pas au matricule : vérifiez les 15 caractères saisis. Une clé fausse n'est "
                "tolérée que "
                "sur les OID de test et de démonstration.",
                "The key does not match the matricule: check the 15 characters. A wrong key is tolerated on test and "
                "demonstration OIDs only.",
                rule=RULE,
            )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is tolerated but deserves a word (French), e.g. a wrong key under a test OID."""
        if self.matricule.is_key_right:
            return ()
        return ("La clé de ce matricule de test est fausse ; elle serait refusée en production.",)

    @property
    def oid(self) -> str:
        """The OID of the authority."""
        return self.autorite.oid


@dataclass(frozen=True, slots=True)
class INSHistorique:
    """An INS that someone once carried, e.g. a NIA before the NIR. Kept as INSi gave it (Guide INS v3.0, EXI REC
    08).
    """

    ins: INS
    debut: date | None = field(default=None)
    fin: date | None = field(default=None)
