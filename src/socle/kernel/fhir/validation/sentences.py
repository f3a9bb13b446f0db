"""The invariants of R4 that people meet most, said in words of our own; the others are told by their expression.

Those on definitions are in `sentences_of_definitions`.
"""

from typing import Final

from socle.kernel.fhir.validation.sentences_of_definitions import DEFINITIONS

SENTENCES: Final[dict[str, tuple[str, str]]] = DEFINITIONS | {
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
    "ces-1": (
        "un item a une catégorie ou un produit ou service, l'un des deux ; gardez-en un (category, productOrService)",
        "an item has a category or a product or service, one of the two; keep one (category, productOrService)",
    ),
    "ipn-1": (
        "une offre d'assurance a au moins un identifiant ou un nom ; ajoutez-en un",
        "an insurance plan has at least an identifier or a name; add one",
    ),
    "mqty-1": (
        "une somme a un code de monnaie (ISO 4217) : system vaut urn:iso:std:iso:4217 ; corrigez code et system",
        "an amount has a code of currency (ISO 4217): system is urn:iso:std:iso:4217; correct code and system",
    ),
    "mrp-1": (
        "un recueil de données (data-collection) n'a pas de groupes ; retirez group, ou changez type",
        "a collection of data (data-collection) has no groups; leave group out, or change type",
    ),
    "mrp-2": (
        "une strate a une valeur ou des composants, l'un des deux ; gardez-en un",
        "a stratum has a value or components, one of the two; keep one",
    ),
    "msq-3": ("coordinateSystem vaut 0 ou 1 ; corrigez-le", "coordinateSystem is 0 or 1; correct it"),
    "msq-5": (
        "genomeBuild et chromosome vont ensemble ; ajoutez celui qui manque",
        "genomeBuild and chromosome go together; add the one that is missing",
    ),
    "msq-6": (
        "une référence est dite d'une seule façon : genomeBuild, referenceSeqId, referenceSeqPointer ou referenceSeqString",
        "a reference is told in one way only: genomeBuild, referenceSeqId, referenceSeqPointer or referenceSeqString",
    ),
    "nor-1": (
        "une prescription de nutrition a un régime, un complément ou une nutrition entérale ; ajoutez-en un",
        "an order of nutrition has a diet, a supplement or an enteral formula; add one",
    ),
    "bdl-1": ("total n'a de sens que pour searchset et history", "total only makes sense in a searchset or a history"),
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
    "vs-2": (
        "un signe vital sans composant ni membre a une valeur, ou dit pourquoi il n'en a pas (dataAbsentReason)",
        "a vital sign without component or member has a value, or says why it has none (dataAbsentReason)",
    ),
    "vs-3": (
        "un composant d'un signe vital a une valeur, ou dit pourquoi il n'en a pas (dataAbsentReason)",
        "a component of a vital sign has a value, or says why it has none (dataAbsentReason)",
    ),
    "app-4": (
        "cancelationReason ne va qu'avec un rendez-vous annulé ou manqué (status cancelled ou noshow)",
        "cancelationReason only goes with a cancelled or missed appointment (status cancelled or noshow)",
    ),
    "mad-1": (
        "une dose administrée a une quantité (dose) ou un débit (rate) ; ajoutez l'un des deux",
        "a dosage that was given has a dose or a rate; add one of them",
    ),
    "lst-1": (
        "une liste a des éléments ou dit pourquoi elle est vide (emptyReason), jamais les deux",
        "a list has entries or says why it is empty (emptyReason), never both",
    ),
    "lst-2": (
        "seule une liste de changements (mode « changes ») marque un élément retiré (deleted)",
        'only a list of changes (mode "changes") marks an entry as deleted',
    ),
    "lst-3": (
        "seule une liste de travail (mode « working ») date ses éléments (entry.date)",
        'only a working list (mode "working") dates its entries (entry.date)',
    ),
    "tim-4": (
        "la durée d'un Timing ne peut être négative ; corrigez duration",
        "a duration is not negative; correct it",
    ),
    "tim-5": ("la période d'un Timing ne peut être négative ; corrigez period", "a period is not negative; correct it"),
    "tim-6": ("periodMax demande period ; ajoutez-le", "periodMax asks for period; add it"),
    "tim-7": ("durationMax demande duration ; ajoutez-le", "durationMax asks for duration; add it"),
    "tim-8": ("countMax demande count ; ajoutez-le", "countMax asks for count; add it"),
    "tim-9": (
        "offset ne va qu'avec un moment (when) autre qu'un repas pris au sens large (C, CM, CD, CV)",
        "offset only goes with a moment (when) other than a meal at large (C, CM, CD, CV)",
    ),
    "tim-10": (
        "timeOfDay et when s'excluent ; gardez l'heure ou le moment",
        "timeOfDay and when exclude each other; keep the time or the moment",
    ),
    "ctm-1": (
        "onBehalfOf ne va qu'avec un professionnel (member de type Practitioner)",
        "onBehalfOf only goes with a professional (a member that is a Practitioner)",
    ),
    "rqg-1": (
        "une action a des sous-actions ou une ressource, jamais les deux",
        "an action has actions or a resource, never both",
    ),
    "dom-4": (
        "une ressource contenue n'a ni meta.versionId ni meta.lastUpdated ; retirez-les",
        "a contained resource has neither meta.versionId nor meta.lastUpdated; leave them out",
    ),
    "dom-5": (
        "une ressource contenue n'a pas d'étiquette de sécurité ; mettez meta.security sur la ressource qui la contient",
        "a contained resource has no security label; put meta.security on the resource that holds it",
    ),
    "con-1": (
        "un stade a un résumé ou un bilan (summary, assessment)",
        "a stage has a summary or an assessment; add one",
    ),
    "con-2": ("une preuve a un code ou un détail ; ajoutez-en un", "an evidence has a code or a detail; add one"),
    "ppc-1": (
        "un consentement dit d'après quelle politique : ajoutez policy ou policyRule",
        "a consent says by which policy: add policy or policyRule",
    ),
    "fhs-1": ("l'âge et la naissance s'excluent ; gardez age ou born", "age and born exclude each other; keep one"),
    "fhs-2": ("estimatedAge ne va qu'avec age ; retirez-le", "estimatedAge only goes with age; leave it out"),
    "gol-1": (
        "une cible chiffrée (detail) dit ce qui est mesuré ; ajoutez measure",
        "a target that has a detail says what is measured; add measure",
    ),
    "grp-1": (
        "seul un groupe réel (actual à true) a des membres ; changez actual, ou retirez member",
        "only an actual group (actual as true) has members; change actual, or leave member out",
    ),
    "imm-1": (
        "un document remis a un type ou une adresse (documentType, reference) ; ajoutez-en un",
        "a document that was given has a type or an address (documentType, reference); add one",
    ),
    "imr-1": (
        "une recommandation nomme un vaccin ou une maladie (vaccineCode, targetDisease) ; ajoutez-en un",
        "a recommendation names a vaccine or a disease (vaccineCode, targetDisease); add one",
    ),
    "mdd-1": (
        "la remise (whenHandedOver) précède la préparation (whenPrepared) ; corrigez l'une des dates",
        "whenHandedOver is before whenPrepared; correct one of the dates",
    ),
    "prr-1": ("orderDetail précise code ; ajoutez code", "orderDetail says more of code; add code"),
    "ras-1": (
        "une probabilité est en pour cent (code %, système UCUM) ; corrigez low et high",
        "a probability is in per cent (code %, system UCUM); correct low and high",
    ),
    "ras-2": ("une probabilité ne dépasse pas 100 ; corrigez-la", "a probability is 100 at most; correct it"),
    "apr-1": (
        "une réponse nomme un acteur ou un type de participant ; ajoutez actor ou participantType",
        "a response names an actor or a type of participant; add actor or participantType",
    ),
    "sev-1": (
        "ce qui est tracé est nommé (name) ou cherché (query), jamais les deux ; gardez l'un",
        "what is traced is named (name) or searched (query), never both; keep one",
    ),
    "cpl-3": (
        "une activité est décrite (detail) ou citée (reference), jamais les deux ; gardez l'une",
        "an activity is described (detail) or referred to (reference), never both; keep one",
    ),
    "lnk-1": ("un lien a au moins deux items ; ajoutez-en", "a linkage has two items at least; add some"),
    "age-1": (
        "un âge est positif, avec une unité UCUM de temps (code a, mo, wk, d…) ; corrigez-le",
        "an age is positive, with a UCUM unit of time (code a, mo, wk, d…); correct it",
    ),
    "drt-1": (
        "une durée codée a une valeur et une unité UCUM de temps (code s, min, h, d…) ; complétez-la",
        "a coded duration has a value and a UCUM unit of time (code s, min, h, d…); complete it",
    ),
    "cnt-3": (
        "un compte est un entier, de code 1 (système UCUM) ; corrigez-le",
        "a count is an integer, of code 1 (system UCUM); correct it",
    ),
    "dis-1": (
        "une distance a une unité UCUM de longueur (code m, km, cm…) ; ajoutez-la",
        "a distance has a UCUM unit of length (code m, km, cm…); add it",
    ),
    "exp-1": (
        "une expression est écrite (expression) ou citée (reference) ; ajoutez-en une",
        "an expression is written (expression) or referred to (reference); add one",
    ),
    "sqty-1": (
        "cette quantité est exacte : retirez comparator (<, >, ~)",
        "this quantity is exact: leave comparator out (<, >, ~)",
    ),
}

# Those of French profiles (FR Core and the guides of the ANS), which their publishers state in English or in short.
FRENCH: Final[dict[str, tuple[str, str]]] = {
    "fr-core-1": (
        "une identité au statut « VALI » porte une INS : un identifier officiel d'OID 1.2.250.1.213.1.4.8 (NIR, typé INS-NIR), "
        "…4.9 (NIA), ou …4.10 et …4.11 pour les tests et la démonstration ; ajoutez-le, ou changez le statut",
        "an identity of status “VALI” carries an INS: an official identifier of OID 1.2.250.1.213.1.4.8 (NIR, of type INS-NIR), "
        "…4.9 (NIA), or …4.10 and …4.11 for tests and demonstrations; add it, or change the status",
    ),
    "fr-core-2": (
        "une identité au statut « VALI » a un seul identifier officiel, l'INS ; changez use des autres",
        "an identity of status “VALI” has a single official identifier, the INS; change use of the others",
    ),
    "fr-core-3": (
        "INSi ne renvoie jamais 99999 comme lieu de naissance : une identité « VALI » porte un code de commune ou de pays",
        "INSi never answers 99999 as a birth place: an identity “VALI” carries the code of a municipality or a country",
    ),
    "inv-location-type-chambre": (
        "un lieu qui dit son type de chambre est une chambre ; ajoutez le type « CHAMB », ou retirez l'extension",
        "a location that tells its type of room is a room; add the type “CHAMB”, or leave the extension out",
    ),
    "inv-location-type-lit": (
        "un lieu qui dit la position d'un lit est un lit ; ajoutez le type « LIT », ou retirez l'extension",
        "a location that tells the position of a bed is a bed; add the type “LIT”, or leave the extension out",
    ),
    "SIRET-invariant": (
        "un SIRET s'écrit ici 3 puis ses 14 chiffres, comme identifiant national de structure",
        "a SIRET is written here as 3 then its 14 digits, as a national identifier of a structure",
    ),
    "FINESS-invariant": (
        "un FINESS s'écrit ici 1 puis ses 9 chiffres, comme identifiant national de structure",
        "a FINESS is written here as 1 then its 9 digits, as a national identifier of a structure",
    ),
    "PSIdNat-invariant": (
        "un identifiant national de professionnel n'a que des chiffres, après un premier qui dit son origine (8 pour RPPS)",
        "a national identifier of a professional is digits only, after a first one that tells its origin (8 for RPPS)",
    ),
    "req-met": (
        "dans cette transaction une entrée est créée (POST) ou remplacée (PUT) ; changez request.method",
        "in this transaction an entry is created (POST) or replaced (PUT); change request.method",
    ),
    "fr-med-smpl-quant-1": (
        "l'unité codée d'un médicament est d'UCUM (http://unitsofmeasure.org) ou d'EDQM (http://standardterms.edqm.eu)",
        "the coded unit of a medication is from UCUM (http://unitsofmeasure.org) or EDQM (http://standardterms.edqm.eu)",
    ),
    "fr-med-smpl-quant-2": (
        "system ne va pas sans code ; ajoutez le code de l'unité, ou retirez system",
        "system does not go without a code; add the code of the unit, or leave system out",
    ),
    "frmed-med-1": (
        "un médicament codé n'a pas de composants par référence ; nommez-les par leur code (itemCodeableConcept)",
        "a coded medication has no ingredient by reference; name them by their code (itemCodeableConcept)",
    ),
}
_FRENCH_HOMES: Final = ("//hl7.fr/", "//fhir.fr/", ".esante.gouv.fr/", "interopsante")


def sentence(key: str, origin: str) -> tuple[str, str] | None:
    """Our words for an invariant of a French profile, by the URL of the definition that states it."""
    return FRENCH.get(key) if any(home in origin for home in _FRENCH_HOMES) else None
