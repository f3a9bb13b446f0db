"""The invariants of R4 that people meet most, said in words of our own; the others are told by their expression."""

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "name": (
        "name sert aux machines : une majuscule, puis des lettres, des chiffres et _ ; le reste va dans title",
        "name is for machines: a capital, then letters, digits and _; the rest goes to title",
    ),
    "dom-6": (
        "une ressource devrait avoir un récit lisible (text.div) ; ajoutez-le si des personnes la lisent",
        "a resource should have a readable narrative (text.div); add it if people read the resource",
    ),
    "per-1": (
        "la fin de la période précède son début ; corrigez start ou end",
        "the period ends before it starts; correct start or end",
    ),
    "pat-1": (
        "un contact a au moins un nom, un moyen de le joindre, une adresse ou une organisation ; ajoutez-en un",
        "a contact has at least a name, a telecom, an address or an organization; add one",
    ),
    "obs-6": (
        "une observation qui a une valeur n'a pas de dataAbsentReason ; retirez l'un des deux",
        "an observation that has a value has no dataAbsentReason; leave one of them out",
    ),
    "obs-7": (
        "un composant a le même code que l'observation alors qu'elle porte une valeur ; gardez l'une des deux valeurs",
        "a component has the code of the observation although it carries a value; keep one of the two values",
    ),
    "obs-3": (
        "un intervalle de référence a au moins low, high ou text ; ajoutez-en un",
        "a reference range has at least low, high or text; add one",
    ),
    "org-1": (
        "une organisation a au moins un identifiant ou un nom ; ajoutez-en un",
        "an organization has at least an identifier or a name; add one",
    ),
    "org-2": (
        "l'adresse d'une organisation n'est pas un domicile ; changez use (« home »)",
        'an organization\'s address is never a home; change use ("home")',
    ),
    "org-3": (
        "un moyen de joindre une organisation n'est pas celui d'un domicile ; changez use (« home »)",
        'an organization\'s telecom is never that of a home; change use ("home")',
    ),
    "qty-3": (
        "une unité codée (code) a un système (system) ; ajoutez-le, par exemple http://unitsofmeasure.org",
        "a coded unit (code) has a system; add it, for example http://unitsofmeasure.org",
    ),
    "rat-1": (
        "un rapport a un numérateur et un dénominateur, ou ni l'un ni l'autre et une extension",
        "a ratio has a numerator and a denominator, or neither and an extension",
    ),
    "rng-2": (
        "la borne basse de l'intervalle dépasse la borne haute ; corrigez low ou high",
        "the low end of the range is above its high end; correct low or high",
    ),
    "att-1": (
        "une pièce jointe qui porte ses données (data) dit leur type (contentType) ; ajoutez-le",
        "an attachment that carries its data says their contentType; add it",
    ),
    "cpt-2": (
        "un moyen de contact qui a une valeur dit de quel genre il est (system : phone, email …) ; ajoutez-le",
        "a contact point that has a value says its kind (system: phone, email …); add it",
    ),
    "con-3": (
        "l'état clinique (clinicalStatus) est obligatoire sauf pour un état « entered-in-error » ; ajoutez-le",
        "clinicalStatus is needed unless the condition was entered in error; add it",
    ),
    "con-4": (
        "un problème qui a une fin (abatement) a l'état clinique inactive, resolved ou remission",
        "a condition that has an end (abatement) has the clinical status inactive, resolved or remission",
    ),
    "con-5": (
        "un problème saisi par erreur n'a pas d'état clinique ; retirez clinicalStatus",
        "a condition entered in error has no clinical status; leave clinicalStatus out",
    ),
    "ait-1": (
        "l'état clinique (clinicalStatus) est obligatoire sauf pour une allergie saisie par erreur ; ajoutez-le",
        "clinicalStatus is needed unless the allergy was entered in error; add it",
    ),
    "ait-2": (
        "une allergie saisie par erreur n'a pas d'état clinique ; retirez clinicalStatus",
        "an allergy entered in error has no clinical status; leave clinicalStatus out",
    ),
    "bdl-1": ("total n'a de sens que pour searchset et history", "total only makes sense in a searchset or a history"),
    "bdl-2": ("entry.search n'a de sens que dans un searchset", "entry.search only makes sense in a searchset"),
    "bdl-3": (
        "chaque entrée d'un batch, d'une transaction ou d'un history a un request, les autres n'en ont pas",
        "each entry of a batch, a transaction or a history has a request, others have none",
    ),
    "bdl-4": (
        "chaque entrée d'une réponse (batch-response, transaction-response) ou d'un history a un response, les autres non",
        "each entry of a response (batch-response, transaction-response) or a history has a response, others have none",
    ),
    "bdl-5": (
        "une entrée a une ressource, un request ou un response ; donnez-en un",
        "an entry has a resource, a request or a response; give one",
    ),
    "bdl-9": (
        "un document a un identifiant, avec son système et sa valeur",
        "a document has an identifier, with its system and its value",
    ),
    "bdl-10": ("un document a une date (timestamp)", "a document has a date (timestamp)"),
    "bdl-11": (
        "la première ressource d'un document est une Composition",
        "the first resource of a document is a Composition",
    ),
    "bdl-12": (
        "la première ressource d'un message est un MessageHeader",
        "the first resource of a message is a MessageHeader",
    ),
    "cmp-1": (
        "une section a au moins un texte, une entrée ou une sous-section ; ajoutez-en un",
        "a section has at least a text, an entry or a section; add one",
    ),
    "cmp-2": ("une section qui a des entrées n'a pas d'emptyReason", "a section that has entries has no emptyReason"),
    "app-1": ("un participant a un type ou un acteur", "a participant has a type or an actor"),
    "app-2": ("start et end vont ensemble : donnez les deux ou aucun", "start and end go together: give both or none"),
    "app-3": (
        "seul un rendez-vous proposé, annulé ou en liste d'attente peut être sans start ni end ; ajoutez-les",
        "only a proposed, cancelled or waitlisted appointment may have no start and end; add them",
    ),
    "tim-1": ("une durée a une unité (durationUnit)", "a duration has a unit (durationUnit)"),
    "tim-2": ("une fréquence (period) a une unité (periodUnit)", "a period has a unit (periodUnit)"),
    "que-2": (
        "les linkId d'un questionnaire sont tous différents ; changez celui qui est répété",
        "the linkIds of a questionnaire all differ; change the one that is repeated",
    ),
    "qrs-1": (
        "un item a des réponses ou des items, jamais les deux ; mettez les items sous answer.item",
        "an item has answers or items, never both; put the items below answer.item",
    ),
    "vs-1": (
        "un signe vital est daté au moins au jour ; complétez la date",
        "a vital sign is dated to the day at least; complete the date",
    ),
}
