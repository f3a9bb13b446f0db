"""The invariants of R4 on what is written once and used by others (questionnaires, terminologies, profiles), in our words."""

from typing import Final

DEFINITIONS: Final[dict[str, tuple[str, str]]] = {
    "inv-1": (
        "un paramètre a une valeur, une ressource ou des parties (part), une seule des trois ; gardez-en une",
        "a parameter has a value, a resource or parts (part), one of the three only; keep one",
    ),
    "que-1": (
        "un groupe a des items, un texte affiché (display) n'en a pas ; ajoutez-en, retirez-les, ou changez type",
        "a group has items, a displayed text (display) has none; add some, leave them out, or change type",
    ),
    "que-3": (
        "un texte affiché (display) n'a pas de code ; retirez code, ou changez type",
        "a displayed text (display) has no code; leave code out, or change type",
    ),
    "que-4": (
        "les réponses sont données par answerOption ou par answerValueSet, jamais par les deux ; gardez l'un",
        "answers are given by answerOption or by answerValueSet, never by both; keep one",
    ),
    "que-5": (
        "ce type de question n'a pas de réponses à choisir ; retirez answerOption et answerValueSet, ou changez type "
        "(choice, open-choice, string, integer, date…)",
        "this type of question has no answers to choose from; leave answerOption and answerValueSet out, or change type "
        "(choice, open-choice, string, integer, date…)",
    ),
    "que-6": (
        "un texte affiché (display) n'est ni obligatoire ni répété ; retirez required et repeats",
        "a displayed text (display) is neither required nor repeated; leave required and repeats out",
    ),
    "que-7": (
        "avec l'opérateur exists, la réponse attendue est true ou false ; écrivez answerBoolean",
        "with the operator exists, the expected answer is true or false; write answerBoolean",
    ),
    "que-8": (
        "un groupe ou un texte affiché n'a pas de valeur initiale ; retirez initial",
        "a group or a displayed text has no initial value; leave initial out",
    ),
    "que-9": (
        "un texte affiché (display) ne se remplit pas ; retirez readOnly",
        "a displayed text (display) is not filled in; leave readOnly out",
    ),
    "que-10": (
        "maxLength ne va qu'avec une réponse écrite (string, text, url, open-choice) ou une valeur simple (boolean, decimal, "
        "integer) ; retirez-le",
        "maxLength only goes with a written answer (string, text, url, open-choice) or a plain value (boolean, decimal, "
        "integer); leave it out",
    ),
    "que-11": (
        "une question qui a des answerOption marque la réponse initiale par initialSelected ; retirez initial",
        "a question that has answerOption marks the initial answer by initialSelected; leave initial out",
    ),
    "que-12": (
        "plusieurs conditions (enableWhen) demandent enableBehavior (all ou any) ; ajoutez-le",
        "several conditions (enableWhen) ask for enableBehavior (all or any); add it",
    ),
    "que-13": (
        "seule une question répétée (repeats) a plusieurs valeurs initiales ; gardez-en une",
        "only a question that repeats has several initial values; keep one",
    ),
    "vsd-1": (
        "une partie d'un jeu de valeurs nomme un système de codes (system) ou un jeu de valeurs (valueSet) ; ajoutez-le",
        "a part of a value set names a code system (system) or a value set (valueSet); add it",
    ),
    "vsd-2": (
        "des codes ou des filtres sont ceux d'un système ; ajoutez system",
        "codes or filters are those of a system; add system",
    ),
    "vsd-3": (
        "une partie d'un jeu de valeurs liste des codes (concept) ou les filtre (filter), jamais les deux ; faites-en deux",
        "a part of a value set lists codes (concept) or filters them (filter), never both; make two parts of it",
    ),
    "vsd-6": (
        "une ligne de l'expansion a un code ou un libellé ; ajoutez-en un",
        "a line of the expansion has a code or a display; add one",
    ),
    "vsd-9": (
        "une ligne de l'expansion sans code ne fait que grouper ; ajoutez code, ou abstract à true",
        "a line of the expansion without a code only groups; add code, or abstract as true",
    ),
    "vsd-10": (
        "un code de l'expansion est celui d'un système ; ajoutez system",
        "a code of the expansion is that of a system; add system",
    ),
    "csd-1": (
        "les codes d'un système sont tous différents ; changez celui qui est répété",
        "the codes of a system all differ; change the one that is repeated",
    ),
    "cmd-1": (
        "une correspondance plus étroite (narrower) ou inexacte (inexact) dit ce qui se perd ; ajoutez comment",
        "a narrower or inexact mapping says what is lost; add comment",
    ),
    "cmd-2": ("le mode fixed donne un code ; ajoutez code", "the mode fixed gives a code; add code"),
    "cmd-3": (
        "le mode other-map nomme l'autre table ; ajoutez url",
        "the mode other-map names the other map; add url",
    ),
    "nsd-1": (
        "une racine (kind root) n'est pas désignée par un uuid ; changez uniqueId.type",
        "a root (kind root) is not named by a uuid; change uniqueId.type",
    ),
    "nsd-2": (
        "un seul identifiant de chaque type est préféré (preferred) ; laissez-en un",
        "a single identifier of each type is preferred; leave one",
    ),
    "spd-1": ("xpath demande xpathUsage ; ajoutez-le", "xpath asks for xpathUsage; add it"),
    "spd-2": (
        "seul un paramètre de type reference se chaîne ; retirez chain",
        "only a parameter of type reference is chained; leave chain out",
    ),
    "opd-1": (
        "un paramètre a un type ou des parties (part) ; ajoutez-en",
        "a parameter has a type or parts (part); add one of them",
    ),
    "opd-2": (
        "searchType ne va qu'avec un paramètre de type string ; retirez-le",
        "searchType only goes with a parameter of type string; leave it out",
    ),
    "opd-3": (
        "targetProfile ne va qu'avec un paramètre de type Reference ou canonical ; retirez-le",
        "targetProfile only goes with a parameter of type Reference or canonical; leave it out",
    ),
    "eld-2": ("min dépasse max ; corrigez l'un des deux", "min is above max; correct one of them"),
    "eld-3": ("max est un nombre ou * ; corrigez-le", "max is a number or *; correct it"),
    "eld-4": (
        "aggregation ne va qu'avec le type Reference ou canonical ; retirez-le",
        "aggregation only goes with the type Reference or canonical; leave it out",
    ),
    "eld-5": (
        "un élément défini par contentReference ne dit rien d'autre (type, fixed, pattern, binding…) ; retirez-le",
        "an element that contentReference defines says nothing else (type, fixed, pattern, binding…); leave it out",
    ),
    "eld-6": ("une valeur fixée (fixed) demande un seul type", "a fixed value asks for a single type"),
    "eld-7": ("un motif (pattern) demande un seul type", "a pattern asks for a single type"),
    "eld-8": ("fixed et pattern s'excluent ; gardez l'un", "fixed and pattern exclude each other; keep one"),
    "eld-11": (
        "seuls code, Coding, CodeableConcept, Quantity, string et uri se lient à un jeu de valeurs ; retirez binding",
        "only code, Coding, CodeableConcept, Quantity, string and uri are bound to a value set; leave binding out",
    ),
    "eld-12": (
        "l'adresse d'un jeu de valeurs commence par http:, https: ou urn: ; corrigez-la",
        "the address of a value set begins with http:, https: or urn:; correct it",
    ),
    "eld-13": ("chaque type n'est dit qu'une fois ; retirez le double", "each type is told once; leave the double out"),
    "eld-14": (
        "les règles d'un élément ont chacune leur clé (key) ; changez celle qui est répétée",
        "the rules of an element each have their key; change the one that is repeated",
    ),
    "eld-17": (
        "targetProfile ne va qu'avec le type Reference ou canonical ; retirez-le",
        "targetProfile only goes with the type Reference or canonical; leave it out",
    ),
    "eld-18": (
        "un élément qui change le sens (isModifier) dit pourquoi ; ajoutez isModifierReason",
        "an element that changes the meaning (isModifier) says why; add isModifierReason",
    ),
    "eld-21": (
        "une règle sans expression n'est vérifiée par personne ; ajoutez expression",
        "a rule without an expression is checked by nobody; add expression",
    ),
    "sdf-1": (
        "les chemins (path) d'un type sont tous différents ; changez celui qui est répété",
        "the paths of a type all differ; change the one that is repeated",
    ),
    "sdf-4": (
        "une définition qui n'est pas abstraite part d'une autre ; ajoutez baseDefinition",
        "a definition that is not abstract is based on another; add baseDefinition",
    ),
    "sdf-5": (
        "une extension dit où elle se place ; ajoutez context",
        "an extension says where it stands; add context",
    ),
    "sdf-6": (
        "une définition a un differential ou un snapshot ; ajoutez-en un",
        "a definition has a differential or a snapshot; add one",
    ),
    "sdf-8a": (
        "les éléments du differential commencent par le type de la définition ; corrigez leur path",
        "the elements of the differential begin with the type of the definition; correct their path",
    ),
    "sdf-14": (
        "chaque élément d'une définition a un id ; ajoutez celui qui manque",
        "each element of a definition has an id; add the one that is missing",
    ),
    "sdf-16": (
        "les id des éléments du snapshot sont tous différents ; changez celui qui est répété",
        "the ids of the elements of the snapshot all differ; change the one that is repeated",
    ),
    "sdf-17": (
        "les id des éléments du differential sont tous différents ; changez celui qui est répété",
        "the ids of the elements of the differential all differ; change the one that is repeated",
    ),
    "cpb-1": (
        "une CapabilityStatement décrit au moins rest, messaging ou document ; ajoutez-en un",
        "a CapabilityStatement describes at least rest, messaging or document; add one",
    ),
    "cpb-2": (
        "une CapabilityStatement a au moins description, software ou implementation ; ajoutez-en un",
        "a CapabilityStatement has at least description, software or implementation; add one",
    ),
    "cpb-9": (
        "une ressource n'est décrite qu'une fois ; réunissez les deux",
        "a resource is described once; put the two together",
    ),
    "cpb-12": (
        "les paramètres de recherche d'une ressource ont des noms différents ; retirez le double",
        "the search parameters of a resource have different names; leave the double out",
    ),
    "cpb-14": (
        "une instance (kind) dit où elle tourne ; ajoutez implementation",
        "an instance (kind) says where it runs; add implementation",
    ),
    "cpb-15": (
        "une capacité (kind capability) décrit un logiciel : ajoutez software, retirez implementation",
        "a capability (kind) describes a piece of software: add software, leave implementation out",
    ),
    "cpb-16": (
        "des exigences (kind requirements) ne décrivent ni logiciel ni installation ; retirez software et implementation",
        "requirements (kind) describe neither software nor an installation; leave software and implementation out",
    ),
}
