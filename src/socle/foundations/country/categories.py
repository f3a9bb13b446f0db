"""Categories of establishments, legal statuses, authorised care: what the synthetic country uses, a short list of ours.

Codes and labels are those that FINESS writes; whoever needs the complete tables loads them.
"""

from typing import Final, NamedTuple


class Categorie(NamedTuple):
    """A category of establishments (TRE_R66).

    agregat    code and label of the aggregate
    secteur    sector of activity of who works there (TRE_R02)
    nom        how the names of such establishments begin
    ape        activity code of Insee
    mft        code and label of the way of fixing tariffs
    unites     units with their beds or places: (name, least, most, "lits" or "places")
    """

    libelle: str
    court: str
    agregat: tuple[str, str]
    secteur: str
    nom: str
    ape: str
    mft: tuple[str, str]
    unites: tuple[tuple[str, int, int, str], ...]


_DAF: Final = ("03", "ARS établissements Publics de santé dotation globale")
_OQN: Final = ("05", "ARS établissements privés non financés par dotation globale")
_MEDSOC: Final = ("09", "ARS PCD mixte HAS")
_ARS: Final = ("05", "ARS non DG")
_FREE: Final = ("01", "Etablissement Tarif Libre")
CATEGORIES: Final = {
    "101": Categorie(
        "Centre Hospitalier Régional (C.H.R.)",
        "C.H.R.",
        ("1101", "Centres Hospitaliers Régionaux"),
        "SA01",
        "CHU",
        "8610Z",
        _DAF,
        (
            ("Urgences", 8, 20, "lits"),
            ("Réanimation", 16, 60, "lits"),
            ("Soins intensifs", 10, 40, "lits"),
            ("Médecine", 120, 420, "lits"),
            ("Chirurgie", 100, 320, "lits"),
            ("Obstétrique", 30, 80, "lits"),
            ("Pédiatrie", 30, 90, "lits"),
        ),
    ),
    "355": Categorie(
        "Centre Hospitalier (C.H.)",
        "C.H.",
        ("1102", "Centres Hospitaliers"),
        "SA01",
        "CENTRE HOSPITALIER",
        "8610Z",
        _DAF,
        (
            ("Urgences", 4, 12, "lits"),
            ("Réanimation", 6, 16, "lits"),
            ("Médecine", 40, 180, "lits"),
            ("Chirurgie", 20, 90, "lits"),
            ("Obstétrique", 10, 35, "lits"),
            ("Soins médicaux et de réadaptation", 20, 60, "lits"),
        ),
    ),
    "106": Categorie(
        "Centre hospitalier, ex Hôpital local",
        "ex Hôpital local",
        ("1102", "Centres Hospitaliers"),
        "SA01",
        "HOPITAL",
        "8610Z",
        _DAF,
        (("Médecine", 8, 25, "lits"), ("Soins médicaux et de réadaptation", 10, 30, "lits")),
    ),
    "292": Categorie(
        "Centre Hospitalier Spécialisé lutte Maladies Mentales",
        "C.H.S. Mal Mentales",
        ("1111", "Centres Hospitaliers Spécialisés Lutte Maladies Mentales"),
        "SA01",
        "CENTRE HOSPITALIER SPECIALISE",
        "8610Z",
        _DAF,
        (("Psychiatrie adulte", 60, 220, "lits"), ("Psychiatrie infanto-juvénile", 8, 30, "lits")),
    ),
    "365": Categorie(
        "Etablissement de Soins Pluridisciplinaire",
        "Etab.Soins Pluridisc",
        ("1110", "Etablissements de Soins de Courte Durée"),
        "SA04",
        "POLYCLINIQUE",
        "8610Z",
        _OQN,
        (("Médecine", 20, 80, "lits"), ("Chirurgie", 40, 140, "lits"), ("Ambulatoire", 10, 40, "places")),
    ),
    "128": Categorie(
        "Etablissement de Soins Chirurgicaux",
        "Etab.Soins Chirurg.",
        ("1110", "Etablissements de Soins de Courte Durée"),
        "SA04",
        "CLINIQUE CHIRURGICALE",
        "8610Z",
        _OQN,
        (("Chirurgie", 30, 110, "lits"), ("Ambulatoire", 8, 30, "places")),
    ),
    "109": Categorie(
        "Etablissement de santé privé autorisé en SSR",
        "Etab.privé SSR",
        ("1109", "Etablissements de Soins de Suite et de Réadaptation"),
        "SA04",
        "CLINIQUE DE READAPTATION",
        "8610Z",
        _OQN,
        (("Soins médicaux et de réadaptation", 40, 120, "lits"),),
    ),
    "127": Categorie(
        "Hospitalisation à Domicile",
        "Hospit. à Domicile",
        ("1205", "Autres Etablissements Relevant de la Loi Hospitalière"),
        "SA30",
        "HAD",
        "8610Z",
        _OQN,
        (("Hospitalisation à domicile", 20, 90, "places"),),
    ),
    "141": Categorie(
        "Centre de dialyse",
        "Centre dialyse",
        ("1203", "Dialyse Ambulatoire"),
        "SA34",
        "CENTRE DE DIALYSE",
        "8622C",
        _OQN,
        (("Dialyse", 8, 30, "places"),),
    ),
    "156": Categorie(
        "Centre Médico-Psychologique (C.M.P.)",
        "C.M.P.",
        ("1205", "Autres Etablissements Relevant de la Loi Hospitalière"),
        "SA01",
        "CMP",
        "8622C",
        _DAF,
        (),
    ),
    "124": Categorie(
        "Centre de Santé",
        "Centre de Santé",
        ("2204", "Centres de Santé"),
        "SA05",
        "CENTRE DE SANTE",
        "8621Z",
        _FREE,
        (),
    ),
    "603": Categorie(
        "Maison de santé (L.6223-3)",
        "Maison de santé",
        ("2205", "Maisons de Santé"),
        "SA52",
        "MAISON DE SANTE",
        "8621Z",
        _FREE,
        (),
    ),
    "223": Categorie(
        "Protection Maternelle et Infantile (P.M.I.)",
        "P.M.I.",
        ("2203", "Protection Maternelle et Infantile"),
        "SA15",
        "PMI",
        "8690F",
        _FREE,
        (),
    ),
    "611": Categorie(
        "Laboratoire de Biologie Médicale",
        "Labo.Biologie Médic.",
        ("3102", "Laboratoires de Biologie Médicale"),
        "SA25",
        "LABORATOIRE",
        "8690B",
        _FREE,
        (),
    ),
    "620": Categorie(
        "Pharmacie d'Officine",
        "Pharmacie d'Officine",
        ("3201", "Commerce de Biens à Usage Médicaux"),
        "SA33",
        "PHARMACIE",
        "4773Z",
        _FREE,
        (),
    ),
    "500": Categorie(
        "Etablissement d'hébergement pour personnes âgées dépendantes",
        "EHPAD",
        ("4401", "Etablissements d'Hébergement pour Personnes Agées"),
        "SA17",
        "EHPAD",
        "8710A",
        ("47", "ARS / PCD, Tarif partiel, habilité aide sociale avec PUI"),
        (("Hébergement permanent", 45, 120, "places"), ("Hébergement temporaire", 2, 8, "places")),
    ),
    "354": Categorie(
        "Service de Soins Infirmiers A Domicile (S.S.I.A.D)",
        "S.S.I.A.D",
        ("4605", "Services d'Aide aux Personnes Agées"),
        "SA17",
        "SSIAD",
        "8810A",
        ("54", "Tarif AM - SSIAD"),
        (("Soins infirmiers à domicile", 20, 90, "places"),),
    ),
    "183": Categorie(
        "Institut Médico-Educatif (I.M.E.)",
        "I.M.E.",
        ("4101", "Etab et Services Hébergement et Accueil Enfants Handicapés"),
        "SA16",
        "IME",
        "8710B",
        ("57", "ARS / Dotation globale CPOM"),
        (("Internat", 10, 40, "places"), ("Semi-internat", 20, 60, "places")),
    ),
    "182": Categorie(
        "Service d'Éducation Spéciale et de Soins à Domicile",
        "S.E.S.S.A.D.",
        ("4101", "Etab et Services Hébergement et Accueil Enfants Handicapés"),
        "SA16",
        "SESSAD",
        "8891B",
        ("57", "ARS / Dotation globale CPOM"),
        (("Milieu ordinaire", 15, 60, "places"),),
    ),
    "189": Categorie(
        "Centre Médico-Psycho-Pédagogique (C.M.P.P.)",
        "C.M.P.P.",
        ("4101", "Etab et Services Hébergement et Accueil Enfants Handicapés"),
        "SA41",
        "CMPP",
        "8899A",
        ("57", "ARS / Dotation globale CPOM"),
        (),
    ),
    "246": Categorie(
        "Etablissement et Service d'Aide par le Travail (E.S.A.T.)",
        "E.S.A.T.",
        ("4301", "Etab et Services Travail Protégé Adultes Handicapés"),
        "SA16",
        "ESAT",
        "8810C",
        ("30", "ARS / Dotation globale aide sociale"),
        (("Aide par le travail", 30, 120, "places"),),
    ),
    "255": Categorie(
        "Maison d'Accueil Spécialisée (M.A.S.)",
        "M.A.S.",
        ("4301", "Etab et Services Hébergement Adultes Handicapés"),
        "SA16",
        "MAS",
        "8710C",
        ("57", "ARS / Dotation globale CPOM"),
        (("Hébergement complet", 25, 60, "places"),),
    ),
}

STATUTS: Final = {  # legal status (TRE_R72): label, short label
    "13": ("Etablissement Public Communal d'Hospitalisation", "Etb.Pub.Commun.Hosp."),
    "14": ("Etablissement Public Intercommunal d'Hospitalisation", "Etb.Pub.Intcom.Hosp."),
    "11": ("Etablissement Public Départemental d'Hospitalisation", "Etb.Pub.Départ.Hosp."),
    "21": ("Etablissement Social et Médico-Social Communal", "Etb.Social Communal"),
    "60": ("Association Loi 1901 non Reconnue d'Utilité Publique", "Ass.L.1901 non R.U.P"),
    "61": ("Association Loi 1901 Reconnue d'Utilité Publique", "Ass.L.1901 R.U.P."),
    "70": ("Personne Physique", "Personne Physique"),
    "72": ("Société A Responsabilité Limitée (S.A.R.L.)", "S.A.R.L."),
    "73": ("Société Anonyme (S.A.)", "S.A."),
    "85": ("Société d'exercice libéral (S.E.L.)", "S.E.L."),
}
SPH: Final = {
    "1": ("Etablissement public de santé", "Etab Public Santé"),
    "6": ("Etablissement de santé privé non ESPIC", "Privé non ESPIC"),
    "9": ("Non concerné", "Non concerné"),
}

# Authorised care (activity, modality, form) of categories, for the feed of care offer: codes, labels.
ACTIVITES: Final = {
    "101": (
        ("01", "Médecine", "00", "Pas de modalité", "01", "Hospitalisation complète (24 heures consécutives ou plus)"),
        ("02", "Chirurgie", "00", "Pas de modalité", "01", "Hospitalisation complète (24 heures consécutives ou plus)"),
        (
            "03",
            "Gynécologie, obstétrique, néonatologie, réanimation néonatale",
            "10",
            "Obstétrique",
            "01",
            "Hospitalisation complète (24 heures consécutives ou plus)",
        ),
        ("14", "Médecine d'urgence", "28", "Structure des urgences", "00", "Pas de forme"),
    ),
    "355": (
        ("01", "Médecine", "00", "Pas de modalité", "01", "Hospitalisation complète (24 heures consécutives ou plus)"),
        ("14", "Médecine d'urgence", "28", "Structure des urgences", "00", "Pas de forme"),
    ),
    "365": (
        ("01", "Médecine", "00", "Pas de modalité", "01", "Hospitalisation complète (24 heures consécutives ou plus)"),
        ("02", "Chirurgie", "00", "Pas de modalité", "01", "Hospitalisation complète (24 heures consécutives ou plus)"),
    ),
    "128": (
        ("02", "Chirurgie", "00", "Pas de modalité", "01", "Hospitalisation complète (24 heures consécutives ou plus)"),
    ),
    "292": (
        (
            "04",
            "Psychiatrie",
            "09",
            "Psychiatrie générale",
            "01",
            "Hospitalisation complète (24 heures consécutives ou plus)",
        ),
    ),
    "141": (
        (
            "16",
            "Traitement de l'insuffisance rénale chronique par épuration extrarénale",
            "41",
            "Hémodialyse en centre pour adultes",
            "00",
            "Pas de forme",
        ),
    ),
}

# Heavy equipment of categories: code and label, as many as there are.
_SCANNER: Final = ("05602", "Scanographe à utilisation médicale")
_MRI: Final = ("06201", "Appareil d'IRM à utilisation clinique")
EQUIPPED: Final = {"101": (_SCANNER, _SCANNER, _MRI), "355": (_SCANNER, _MRI), "365": (_SCANNER,)}

# Social equipment of categories: discipline, kind of activity, people welcomed; code and label of each.
_FULL: Final = ("11", "Hébergement Complet Internat")
SOCIAL: Final = {
    "500": ("924", "Accueil pour Personnes Âgées", *_FULL, "711", "Personnes Âgées dépendantes"),
    "183": (
        "901",
        "Education Générale et Soins Spécialisés Enfants Handicapés",
        *_FULL,
        "117",
        "Déficience intellectuelle",
    ),
    "255": ("917", "Accueil spécialisé pour adultes handicapés", *_FULL, "500", "Polyhandicap"),
    "246": ("908", "Aide par le travail pour Adultes Handicapés", "14", "Externat", "117", "Déficience intellectuelle"),
}
