"""The invariants of R4 on what is written once and used by others (questionnaires, terminologies, profiles), in our words."""

from typing import Final

DEFINITIONS: Final[dict[str, tuple[str, str]]] = {
    "inv-1": (
        "un paramètre a une valeur, une ressource ou des parties (part), une seule des trois ; gardez-en une",
        "a parameter has a value, a resource or parts (part), one of the three only; keep one",
    ),
    "cpb-3": (
        "messaging.endpoint ne se dit que d'une instance (kind = instance) ; retirez-le, ou changez kind",
        "messaging.endpoint is only told of an instance (kind = instance); leave it out, or change kind",
    ),
    "cpb-7": (
        "chaque couple profile et mode de document n'est là qu'une fois ; retirez le double",
        "each pair of profile and mode of document is there once; leave the double out",
    ),
    "drq-1": (
        "un filtre de codes a path ou searchParam, l'un des deux ; gardez-en un",
        "a filter of codes has path or searchParam, one of the two; keep one",
    ),
    "drq-2": (
        "un filtre de dates a path ou searchParam, l'un des deux ; gardez-en un",
        "a filter of dates has path or searchParam, one of the two; keep one",
    ),
    "eld-1": (
        "un découpage dit comment reconnaître ses tranches ; ajoutez discriminator, ou description",
        "a slicing says how to tell its slices apart; add discriminator, or description",
    ),
    "eld-15": (
        "defaultValue et meaningWhenMissing s'excluent ; gardez l'un",
        "defaultValue and meaningWhenMissing exclude each other; keep one",
    ),
    "eld-16": (
        "sliceName s'écrit avec des lettres, des chiffres et / - _ [ ] @, sans espace ; corrigez-le",
        "sliceName is written with letters, digits and / - _ [ ] @, without spaces; correct it",
    ),
    "eld-19": (
        "path est une suite de noms séparés par des points, de 64 caractères au plus chacun ; corrigez-le",
        "path is a sequence of names with dots between them, each of 64 characters at most; correct it",
    ),
    "eld-20": (
        "path commence par un type, puis des noms d'éléments en minuscule ; corrigez-le",
        "path begins with a type, then names of elements in lower case; correct it",
    ),
    "eld-22": (
        "sliceIsConstraining ne se dit que d'une tranche ; ajoutez sliceName, ou retirez-le",
        "sliceIsConstraining is only told of a slice; add sliceName, or leave it out",
    ),
    "ig-1": (
        "groupingId désigne un des groupes du guide (grouping.id) ; corrigez-le",
        "groupingId names one of the groups of the guide (grouping.id); correct it",
    ),
    "ig-2": (
        "fhirVersion d'une ressource est une de celles du guide ; corrigez-la",
        "fhirVersion of a resource is one of those of the guide; correct it",
    ),
    "mea-1": (
        "une strate a code, description et criteria, ou bien des composants (component) ; gardez l'un des deux",
        "a stratifier has code, description and criteria, or else components (component); keep one of the two",
    ),
    "md-1": ("max vaut * ou un nombre plus grand que 0 ; corrigez-le", "max is * or a number above 0; correct it"),
    "sdf-2": (
        "une correspondance a un nom ou une uri ; ajoutez name ou uri",
        "a mapping has a name or a uri; add name or uri",
    ),
    "sdf-3": (
        "chaque élément du snapshot a definition, min et max ; ajoutez ce qui manque",
        "each element of the snapshot has definition, min and max; add what is missing",
    ),
    "sdf-8": (
        "les éléments du snapshot commencent par le type de la définition ; corrigez leur path",
        "the elements of the snapshot begin with the type of the definition; correct their path",
    ),
    "sdf-8b": (
        "chaque élément du snapshot dit d'où il vient ; ajoutez base",
        "each element of the snapshot says where it is from; add base",
    ),
    "sdf-9": (
        "le premier élément n'a ni label, ni code, ni requirements ; retirez-les",
        "the first element has no label, no code and no requirements; leave them out",
    ),
    "sdf-10": (
        "une liaison a un jeu de valeurs ou une description ; ajoutez binding.valueSet ou binding.description",
        "a binding has a value set or a description; add binding.valueSet or binding.description",
    ),
    "sdf-11": (
        "le snapshot commence par le type de la définition ; corrigez type, ou le premier path",
        "the snapshot begins with the type of the definition; correct type, or the first path",
    ),
    "sdf-15": (
        "le premier élément du snapshot n'a pas de type ; retirez type",
        "the first element of the snapshot has no type; leave type out",
    ),
    "sdf-15a": (
        "le premier élément du différentiel n'a pas de type ; retirez type",
        "the first element of the differential has no type; leave type out",
    ),
    "sdf-18": (
        "contextInvariant ne se dit que d'une extension ; retirez-le",
        "contextInvariant is only told of an extension; leave it out",
    ),
    "sdf-20": (
        "le premier élément ne se découpe pas ; retirez slicing",
        "the first element is not sliced; leave slicing out",
    ),
    "sdf-21": (
        "un profil ne donne pas de valeur par défaut ; retirez defaultValue",
        "a profile gives no default value; leave defaultValue out",
    ),
    "sdf-23": (
        "le premier élément n'est pas une tranche ; retirez sliceName",
        "the first element is no slice; leave sliceName out",
    ),
    "smp-1": ("element va avec context ; ajoutez context", "element goes with context; add context"),
    "smp-2": ("context va avec contextType ; ajoutez contextType", "context goes with contextType; add contextType"),
    "tcp-1": (
        "s'il y a plusieurs versions, chacune a un code ; ajoutez version.code",
        "where there are several versions, each has a code; add version.code",
    ),
    "tcp-2": (
        "une description, un logiciel ou une mise en œuvre est dit ; ajoutez description, software ou implementation",
        "a description, a software or an implementation is told; add description, software or implementation",
    ),
    "tcp-3": ("une instance (kind) dit implementation ; ajoutez-le", "an instance (kind) tells implementation; add it"),
    "tcp-4": (
        "une capacité (kind) dit software, sans implementation ; corrigez l'un ou l'autre",
        "a capability (kind) tells software, without implementation; correct one or the other",
    ),
    "tcp-5": (
        "une exigence (kind) ne dit ni implementation ni software ; retirez-les",
        "a requirement (kind) tells neither implementation nor software; leave them out",
    ),
    "trd-1": (
        "un déclencheur a data ou timing, jamais les deux ; gardez l'un",
        "a trigger has data or timing, never both; keep one",
    ),
    "trd-2": (
        "une condition porte sur data ; ajoutez data, ou retirez condition",
        "a condition is about data; add data, or leave condition out",
    ),
    "trd-3": (
        "named-event demande name, periodic demande timing, data-… demande data ; ajoutez ce qui manque",
        "named-event asks for name, periodic for timing, data-… for data; add what is missing",
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
