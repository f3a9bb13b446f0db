"""When INSi may be called, and what it is asked."""

from datetime import datetime

from socle.foundations.ins.model import (
    Attribut,
    DemandeINSi,
    Identite,
    Sexe,
    TraitsStricts,
)
from socle.foundations.ins.rules.ecriture import may_record
from socle.kernel.outcome import Allowed, Decision, Refused, Text


def may_call_insi(identite: Identite, *, now: datetime) -> Decision:
    """Whether INSi may be asked for this identity.

    Never for a doubtful or fictitious one (RNIV EXI SI 09; Guide INS v3.0, EXI ID 26); not with an undetermined sex
    or a birth date to come, which INSi does not know.
    """
    if Attribut.DOUT in identite.attributs:
        return Refused(
            Text(
                "Identité douteuse : l'appel à INSi est interdit. Levez le doute (pièce d'identité, usager "
                "interrogé), retirez l'attribut, puis recommencez.",
                "Doubtful identity: INSi may not be called. Clear the doubt (identity document, ask the person), "
                "lift the attribute, then start again.",
            ),
            "RNIV EXI SI 09",
            ("Patient.extension",),
        )
    if Attribut.FICT in identite.attributs:
        return Refused(
            Text(
                "Identité fictive : l'appel à INSi est interdit.",
                "Fictitious identity: INSi may not be called.",
            ),
            "RNIV EXI SI 09",
            ("Patient.extension",),
        )
    if identite.traits.sexe is Sexe.I:
        return Refused(
            Text(
                "INSi ne connaît que M ou F : renseignez le sexe avant d'appeler.",
                "INSi knows M or F only: record the sex before calling.",
            ),
            "INSi RECSANSVITALE, Sexe",
            ("Patient.gender",),
        )
    born = may_record(identite.traits, now=now)
    if isinstance(born, Refused):  # recorded elsewhere, or before this was refused
        return born
    return Allowed("RNIV 4.3: récupération de l'INS par traits")


def demandes(traits: TraitsStricts) -> list[DemandeINSi]:
    """What to ask INSi, in order, until it answers one identity or none: first given name, then the others, then the
    place.

    Source: INSi, code 02 (several identities): the client adds the other given names, in order, then the birthplace.
    """
    first = [traits.premier_prenom]
    if traits.premier_prenom != traits.prenoms[0]:
        first.append(traits.prenoms[0])  # the compound decision is ours; INSi may know it otherwise
    asked = [_demande(traits, (prenom,)) for prenom in first]
    asked += [_demande(traits, traits.prenoms[:n]) for n in range(2, min(len(traits.prenoms), 10) + 1)]
    if traits.is_birthplace_known:
        asked.append(_demande(traits, traits.prenoms[:10], traits.lieu_naissance))
    return list(dict.fromkeys(asked))


def _demande(traits: TraitsStricts, prenoms: tuple[str, ...], lieu: str | None = None) -> DemandeINSi:
    return DemandeINSi(traits.nom_naissance, prenoms, traits.sexe, traits.date_naissance, lieu)


def may_verify(identite: Identite) -> Decision:
    """Whether the INS may be verified: there must be one, and the call must be allowed. Source: RNIV EXI SI 09."""
    if identite.recuperation is None:
        return Refused(
            Text(
                "Aucune INS à vérifier : récupérez-la d'abord par INSi ($insi).",
                "No INS to verify: retrieve it first from INSi ($insi).",
            ),
            "RNIV EXI SI 07",
        )
    return Allowed("vérification de l'INS")
