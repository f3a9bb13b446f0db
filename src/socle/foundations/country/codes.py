"""The codes that the synthetic country uses, with their labels: a short list of ours, not a copy of the tables.

Whoever needs the complete tables loads them (`socle import terminology`). Labels are those of the extractions.
"""

from typing import Final, NamedTuple


class Profession(NamedTuple):
    """A profession (TRE_G15) and how its people practise.

    poids       share of the directory, in thousands of people, roughly
    civilite    civility of practice ("DR") or ""
    autorite    registration authority, as the extraction writes it
    diplome     code and label (TRE_R48), "" when none is published
    liberal     share of the situations that are in an office of one's own, per cent
    employeurs  kinds of establishments that employ them (keys of `CATEGORIES`)
    feminin     share of women, per cent
    domaine     word of the test domain of their mailboxes
    """

    code: str
    libelle: str
    poids: int
    civilite: str
    autorite: str
    diplome: tuple[str, str]
    liberal: int
    employeurs: tuple[str, ...]
    feminin: int
    domaine: str


_HOSPITAL: Final = ("101", "355", "365", "128", "106")
_LONG: Final = ("500", "109", "255", "183", "182")
_NURSES: Final = (*_HOSPITAL, *_HOSPITAL, "500", "354", "292", "127", "124", "141")
_NONE: Final = ("", "")

# fmt: off
PROFESSIONS: Final = (
    Profession("10", "Médecin", 235, "DR", "CNOM/CNOM/CNOM", ("DE05", "DE Docteur en médecine"), 52,
               (*_HOSPITAL, "124", "603", "500", "292", "141"), 50, "medecin"),
    Profession("21", "Pharmacien", 75, "DR", "CNOP/CNOP/CNOP", ("DE02", "DE Docteur en pharmacie"), 0,
               ("620", "620", "620", "620", "355", "365", "611"), 67, "pharmacien"),
    Profession("40", "Chirurgien-Dentiste", 46, "DR", "CNOCD/CNOCD/CNOCD",
               ("DE03", "DE Docteur en chirurgie dentaire"), 82, ("124", "101"), 49, "chirurgien-dentiste"),
    Profession("50", "Sage-Femme", 24, "", "CNOSF/CNOSF/CNOSF", ("DE06", "DE Sage-Femme"), 36,
               ("355", "101", "365", "223"), 97, "sage-femme"),
    Profession("60", "Infirmier", 640, "", "CNOI/CNOI/CNOI", ("DE09", "DE Infirmier"), 20, _NURSES, 86, "infirmier"),
    Profession("70", "Masseur-Kinésithérapeute", 105, "", "CNOMK/CNOMK/CNOMK",
               ("DE11", "DE Masseur-Kinésithérapeute"), 84, ("355", "109", "500", "365"), 53, "kine"),
    Profession("80", "Pédicure-Podologue", 15, "", "CNOPP/CNOPP/CNOPP", ("DE12", "DE Pédicure-Podologue"), 96,
               ("500", "124"), 68, "podologue"),
    Profession("91", "Orthophoniste", 26, "", "ARS/ARS/ARS", ("DE13", "DE Orthophoniste"), 82,
               ("182", "189", "355"), 96, "orthophoniste"),
    Profession("92", "Orthoptiste", 6, "", "ARS/ARS/ARS", ("DE14", "DE Orthoptiste"), 66, ("355", "124"), 88, "orthoptiste"),
    Profession("93", "Psychologue", 100, "", "ARS/ARS/ARS", ("DE15", "DE Psychologue"), 45,
               ("292", "156", "355", *_LONG, "189"), 86, "psychologue"),
    Profession("94", "Ergothérapeute", 17, "", "ARS/ARS/ARS", ("DE30", "DE Ergothérapeute"), 16,
               ("109", "355", *_LONG), 87, "ergotherapeute"),
    Profession("95", "Diététicien", 19, "", "ARS/ARS/ARS", _NONE, 42, ("355", "101", "365", "109"), 94, "dieteticien"),
    Profession("96", "Psychomotricien", 18, "", "ARS/ARS/ARS", ("DE32", "DE Psychomotricien"), 24,
               ("183", "182", "189", "500"), 89, "psychomotricien"),
    Profession("98", "Manipulateur ERM", 42, "", "ARS/ARS/ARS", ("DE18", "DE Manipulateur ERM"), 0,
               _HOSPITAL, 73, "manipulateur"),
    Profession("86", "Technicien de laboratoire médical", 46, "", "ARS/ARS/ARS", _NONE, 0,
               ("611", "611", "355", "101"), 79, "labo"),
    Profession("26", "Audioprothésiste", 6, "", "ARS/ARS/ARS", ("DE29", "DE Audioprothésiste"), 60, ("124",), 52, "audio"),
    Profession("28", "Opticien-Lunetier", 46, "", "ARS/ARS/ARS", ("DE08", "DE Opticien-Lunetier"), 72, ("124",), 55, "opticien"),
    Profession("71", "Ostéopathe", 36, "", "ARS/ARS/ARS", _NONE, 98, ("124",), 52, "osteopathe"),
)

# Specialities of physicians (TRE_R38), with thousands of people, roughly; then of dentists and pharmacists.
SPECIALITES: Final = (
    ("SM53", "Spécialiste en Médecine Générale", 62), ("SM26", "Qualifié en Médecine Générale", 38),
    ("SM02", "Anesthésie-réanimation", 12), ("SM42", "Psychiatrie", 15), ("SM44", "Radio-diagnostic", 9),
    ("SM40", "Pédiatrie", 9), ("SM04", "Cardiologie et maladies vasculaires", 7), ("SM38", "Ophtalmologie", 6),
    ("SM20", "Gynécologie-obstétrique", 5), ("SM24", "Gastro-entérologie et hépatologie", 4),
    ("SM25", "Médecine du travail", 5), ("SM15", "Dermatologie et vénéréologie", 4), ("SM41", "Pneumologie", 4),
    ("SM08", "Chirurgie orthopédique et traumatologie", 4), ("SM32", "Neurologie", 3), ("SM48", "Rhumatologie", 3),
    ("SM59", "Médecine d'urgence", 4), ("SM49", "Santé publique et médecine sociale", 2), ("SM18", "Gériatrie", 3),
    ("SM34", "ORL et chirurgie cervico-faciale", 3), ("SM14", "Chirurgie viscérale et digestive", 2),
    ("SM16", "Endocrinologie et métabolisme", 2), ("SM30", "Néphrologie", 2), ("SM27", "Médecine interne", 2),
    ("SM29", "Médecine physique et de réadaptation", 2), ("SM36", "Oncologie option médicale", 1),
    ("SM46", "Réanimation médicale", 1), ("SM12", "Chirurgie urologique", 1), ("SM54", "Médecine Générale", 6),
)

SECTEURS: Final = {
    "SA01": "Etablissement public de santé", "SA04": "Etablissement privé non PSPH", "SA05": "Centre de santé",
    "SA07": "Cabinet individuel", "SA08": "Cabinet de groupe", "SA09": "Exercice en société",
    "SA15": "PMI Planification familiale", "SA16": "Etablissement pour personnes handicapées",
    "SA17": "Etablissement pour personnes âgées", "SA25": "Laboratoire de biologie médicale",
    "SA30": "Autre établissement sanitaire", "SA33": "Pharmacie d'officine", "SA34": "Centre de dialyse",
    "SA41": "Autre établissement du domaine social ou médico-social", "SA52": "Maison de santé ou pôle de santé",
}
FONCTIONS: Final = {
    "FON-01": "Titulaire de cabinet", "FON-02": "Associé dans une société d'exercice (SEL ou SCP)",
    "FON-03": "Titulaire d'officine", "FON-05": "Adjoint", "FON-17": "Collaborateur",
    "FON-22": "Remplaçant, intérimaire, intermittent", "FON-33": "Salarié en poste fixe", "FON-37": "Gérant de PUI",
    "FON-40": "Biologiste responsable", "FON-AU": "Autre fonction",
}
GENRES: Final = {"GENR01": "Activité standard de soin ou de pharmacien", "GENR03": "Remplacement dans une activité de soins"}
MODES: Final = {"L": "Libéral", "S": "Salarié", "B": "Bénévole"}
CATEGORIES_PRO: Final = {"C": "Civil", "M": "Militaire", "E": "Etudiant"}
SECTIONS: Final = {
    "A": "Pharmacien titulaire d'officine", "D": "Pharmacien adjoint d'officine", "G": "Pharmacien biologiste",
    "H": "Pharmacien d'établissement de santé",
}
VOIES: Final = (  # code of the extraction, its label
    ("R", "Rue"), ("R", "Rue"), ("R", "Rue"), ("AV", "Avenue"), ("AV", "Avenue"), ("BD", "Boulevard"), ("PL", "Place"),
    ("CHE", "Chemin"), ("RTE", "Route"), ("ALL", "Allée"), ("QU", "Quai"), ("IMP", "Impasse"),
)
NOMS_DE_VOIES: Final = (
    "DE LA REPUBLIQUE", "DES TILLEULS", "DU MOULIN", "DE LA GARE", "DES ECOLES", "DU MARCHE", "DE LA FONTAINE", "DES LILAS",
    "DU CHATEAU", "DES ACACIAS", "DE LA MAIRIE", "PASTEUR", "VICTOR HUGO", "JEAN JAURES", "JULES FERRY", "DE L'EGLISE",
    "DES PLATANES", "DU STADE", "DE VERDUN", "DE LA PAIX", "DES VIGNES", "DU PONT", "DE LA LIBERTE", "DU LAVOIR",
    "DES ROSES", "MARIE CURIE", "DES PEUPLIERS", "DU CANAL", "DES JARDINS", "DE LA RIVIERE", "DU 8 MAI 1945", "DES CERISIERS",
)
# fmt: on
