"""The four statuses, the three attributes, and how an identity was collected."""

from enum import StrEnum


class StatutIdentite(StrEnum):
    """How far an identity can be trusted; the four exclude each other. Source: RNIV EXI SI 07."""

    PROV = "PROV"  # identité provisoire: neither INSi nor document
    RECUP = "RECUP"  # identité récupérée: INSi, no document
    VALI = "VALI"  # identité validée: document, no INSi
    QUAL = "QUAL"  # identité qualifiée: both; the only one that may carry the matricule outward (EXI SI 08)

    @property
    def label(self) -> str:
        """The official name, in French."""
        return _LABELS[self]


_LABELS = {
    StatutIdentite.PROV: "Identité provisoire",
    StatutIdentite.RECUP: "Identité récupérée",
    StatutIdentite.VALI: "Identité validée",
    StatutIdentite.QUAL: "Identité qualifiée",
}


class Attribut(StrEnum):
    """What must be known of an identity beside its status. Source: RNIV EXI SI 09; codes of the French v2-0445
    table.
    """

    HOMA = "HOMA"  # homonyme: someone else has nearly the same traits
    DOUT = "DOUT"  # douteuse: a doubt on the truth of the identity
    FICT = "FICT"  # fictive: sensitive or imaginary identity (tests, training)

    @property
    def label(self) -> str:
        """The official name, in French."""
        return {"HOMA": "Homonyme", "DOUT": "Identité douteuse", "FICT": "Identité fictive"}[self.value]


class MethodeRecueil(StrEnum):
    """By which channel the traits came. Source: FR Core fr-core-cs-method-collection; RNIV 4.3."""

    SM = "SM"  # saisie manuelle
    CV = "CV"  # carte Vitale
    INSI = "INSI"  # téléservice INSi
    CB = "CB"  # code à barre (datamatrix INS)
    RFID = "RFID"


class VersionFRCore(StrEnum):
    """The version of FR Core in which identities are written; every version is read."""

    V2_1 = "2.1.0"
    V2_2 = "2.2.0"
    BUILD_2026 = "2026"
