"""Birthplaces: communes of the official geographic code (COG) and countries, with an approximate weight.

A short table written for this project — prefectures, large towns, districts of Paris, Lyon and Marseille, Corsica,
overseas, countries — and a loader for the complete official file. Source of the codes: Insee, code officiel
géographique.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TextIO

from socle.kernel.outcome import Kind, Problem


@dataclass(frozen=True, slots=True)
class Lieu:
    """A birthplace: INSEE code (five characters), official name, weight (thousands of inhabitants, roughly)."""

    code: str
    nom: str
    poids: int

    @property
    def is_abroad(self) -> bool:
        """Whether it is a country."""
        return self.code.startswith("99")


# fmt: off
COMMUNES: Final = """
01004 Ambérieu-en-Bugey 15 | 01053 Bourg-en-Bresse 42 | 01283 Oyonnax 22 | 02408 Laon 24 | 02691 Saint-Quentin 53
02722 Soissons 29 | 03095 Cusset 13 | 03185 Montluçon 34 | 03190 Moulins 20 | 03310 Vichy 25
04070 Digne-les-Bains 17 | 04112 Manosque 22 | 05023 Briançon 11 | 05061 Gap 41 | 06004 Antibes 74
06027 Cagnes-sur-Mer 51 | 06029 Cannes 74 | 06069 Grasse 49 | 06083 Menton 30 | 06088 Nice 343 | 07010 Annonay 16
07019 Aubenas 12 | 07186 Privas 8 | 08105 Charleville-Mézières 46 | 08409 Sedan 16 | 09122 Foix 10 | 09225 Pamiers 16
10387 Troyes 62 | 11069 Carcassonne 46 | 11262 Narbonne 55 | 12145 Millau 22 | 12202 Rodez 24
13001 Aix-en-Provence 147 | 13004 Arles 51 | 13005 Aubagne 47 | 13047 Istres 43 | 13056 Martigues 48
13103 Salon-de-Provence 45 | 13201 Marseille_1er 39 | 13202 Marseille_2e 25 | 13203 Marseille_3e 51
13204 Marseille_4e 49 | 13205 Marseille_5e 46 | 13206 Marseille_6e 42 | 13207 Marseille_7e 34 | 13208 Marseille_8e 81
13209 Marseille_9e 76 | 13210 Marseille_10e 58 | 13211 Marseille_11e 57 | 13212 Marseille_12e 62
13213 Marseille_13e 93 | 13214 Marseille_14e 61 | 13215 Marseille_15e 77 | 13216 Marseille_16e 16 | 14118 Caen 106
14327 Hérouville-Saint-Clair 22 | 14366 Lisieux 20 | 15014 Aurillac 26 | 16015 Angoulême 42 | 16102 Cognac 18
17300 La_Rochelle 77 | 17299 Rochefort 24 | 17415 Saintes 25 | 18033 Bourges 64 | 18279 Vierzon 25
19031 Brive-la-Gaillarde 47 | 19272 Tulle 14 | 2A004 Ajaccio 71 | 2A041 Bonifacio 3 | 2A247 Porto-Vecchio 12
2A249 Propriano 4 | 2A272 Sartène 3 | 2A362 Zonza 3 | 2A065 Cargèse 2 | 2B033 Bastia 48 | 2B050 Calvi 6
2B096 Corte 8 | 2B120 Furiani 6 | 2B134 L'Île-Rousse 4 | 2B037 Biguglia 8 | 2B042 Borgo 9 | 21054 Beaune 21
21231 Dijon 158 | 22050 Dinan 14 | 22113 Lannion 20 | 22278 Saint-Brieuc 44 | 23096 Guéret 13 | 24037 Bergerac 27
24322 Périgueux 30 | 24520 Sarlat-la-Canéda 9 | 25056 Besançon 118 | 25388 Montbéliard 26 | 25462 Pontarlier 17
26198 Montélimar 40 | 26281 Romans-sur-Isère 33 | 26362 Valence 64 | 27229 Évreux 47 | 27681 Vernon 24
28085 Chartres 38 | 28134 Dreux 31 | 29019 Brest 140 | 29039 Concarneau 20 | 29103 Landerneau 16 | 29151 Morlaix 15
29232 Quimper 63 | 30007 Alès 41 | 30032 Beaucaire 16 | 30189 Nîmes 148 | 31069 Blagnac 25 | 31149 Colomiers 40
31395 Muret 25 | 31555 Toulouse 498 | 32013 Auch 22 | 33039 Bègles 30 | 33063 Bordeaux 260 | 33243 Libourne 24
33281 Mérignac 72 | 33318 Pessac 66 | 33529 La_Teste-de-Buch 26 | 33522 Talence 43 | 34003 Agde 29 | 34032 Béziers 78
34145 Lunel 26 | 34172 Montpellier 299 | 34301 Sète 44 | 35115 Fougères 20 | 35238 Rennes 222 | 35288 Saint-Malo 47
35360 Vitré 18 | 36044 Châteauroux 43 | 36088 Issoudun 11 | 37018 Amboise 13 | 37122 Joué-lès-Tours 38
37261 Tours 137 | 38053 Bourgoin-Jallieu 29 | 38185 Grenoble 158 | 38421 Saint-Martin-d'Hères 38 | 38544 Vienne 30
38563 Voiron 20 | 39198 Dole 23 | 39300 Lons-le-Saunier 17 | 40088 Dax 21 | 40192 Mont-de-Marsan 30 | 41018 Blois 46
41269 Vendôme 16 | 42187 Roanne 35 | 42218 Saint-Étienne 173 | 42207 Saint-Chamond 35 | 43157 Le_Puy-en-Velay 19
44109 Nantes 320 | 44143 Rezé 43 | 44162 Saint-Herblain 49 | 44184 Saint-Nazaire 72 | 45147 Gien 13
45208 Montargis 15 | 45234 Orléans 117 | 46042 Cahors 20 | 46102 Figeac 10 | 47001 Agen 33
47323 Villeneuve-sur-Lot 22 | 48095 Mende 12 | 49007 Angers 155 | 49099 Cholet 54 | 49328 Saumur 27
50129 Cherbourg-en-Cotentin 78 | 50025 Avranches 10 | 50502 Saint-Lô 19 | 51108 Châlons-en-Champagne 44
51230 Épernay 22 | 51454 Reims 181 | 52121 Chaumont 21 | 52448 Saint-Dizier 23 | 53130 Laval 50 | 53147 Mayenne 13
54329 Lunéville 18 | 54395 Nancy 105 | 54547 Vandœuvre-lès-Nancy 30 | 55029 Bar-le-Duc 15 | 55545 Verdun 17
56121 Lorient 58 | 56178 Pontivy 15 | 56260 Vannes 54 | 57227 Forbach 21 | 57463 Metz 120 | 57631 Sarreguemines 21
57672 Thionville 41 | 58194 Nevers 33 | 59009 Villeneuve-d'Ascq 62 | 59122 Cambrai 31 | 59178 Douai 39
59183 Dunkerque 87 | 59350 Lille 236 | 59392 Maubeuge 29 | 59512 Roubaix 99 | 59599 Tourcoing 99
59606 Valenciennes 43 | 60057 Beauvais 56 | 60159 Compiègne 41 | 60175 Creil 36 | 60612 Senlis 15 | 61001 Alençon 26
61169 Flers 15 | 62041 Arras 42 | 62119 Béthune 25 | 62160 Boulogne-sur-Mer 40 | 62193 Calais 67 | 62498 Lens 32
62765 Saint-Omer 15 | 63113 Clermont-Ferrand 147 | 63124 Cournon-d'Auvergne 20 | 63178 Issoire 15 | 63220 Mazoires 1
63300 Riom 19 | 63430 Thiers 12 | 64024 Anglet 40 | 64102 Bayonne 52 | 64122 Biarritz 25 | 64445 Pau 77
65286 Lourdes 13 | 65440 Tarbes 43 | 66136 Perpignan 120 | 67180 Haguenau 35 | 67447 Schiltigheim 34
67462 Sélestat 19 | 67482 Strasbourg 291 | 68066 Colmar 68 | 68224 Mulhouse 106 | 68297 Saint-Louis 22
69256 Vaulx-en-Velin 52 | 69259 Vénissieux 66 | 69264 Villefranche-sur-Saône 37 | 69266 Villeurbanne 156
69381 Lyon_1er 29 | 69382 Lyon_2e 31 | 69383 Lyon_3e 102 | 69384 Lyon_4e 35 | 69385 Lyon_5e 49 | 69386 Lyon_6e 51
69387 Lyon_7e 85 | 69388 Lyon_8e 87 | 69389 Lyon_9e 52 | 70279 Héricourt 10 | 70550 Vesoul 15 | 71014 Autun 13
71076 Chalon-sur-Saône 45 | 71153 Le_Creusot 21 | 71270 Mâcon 34 | 72154 La_Flèche 15 | 72181 Le_Mans 145
73008 Aix-les-Bains 31 | 73011 Albertville 19 | 73065 Chambéry 59 | 74010 Annecy 131 | 74012 Annemasse 37
74281 Thonon-les-Bains 36 | 75101 Paris_1er 16 | 75102 Paris_2e 21 | 75103 Paris_3e 33 | 75104 Paris_4e 28
75105 Paris_5e 57 | 75106 Paris_6e 40 | 75107 Paris_7e 48 | 75108 Paris_8e 36 | 75109 Paris_9e 59 | 75110 Paris_10e 83
75111 Paris_11e 141 | 75112 Paris_12e 239 | 75113 Paris_13e 278 | 75114 Paris_14e 335 | 75115 Paris_15e 230
75116 Paris_16e 162 | 75117 Paris_17e 164 | 75118 Paris_18e 188 | 75119 Paris_19e 181 | 75120 Paris_20e 289
76108 Bois-Guillaume 14 | 76217 Dieppe 28 | 76351 Le_Havre 166 | 76498 Petit-Quevilly 22 | 76540 Rouen 114
76681 Sotteville-lès-Rouen 29 | 77083 Champs-sur-Marne 25 | 77131 Coulommiers 15 | 77186 Fontainebleau 15
77284 Meaux 55 | 77288 Melun 41 | 77305 Montereau-Fault-Yonne 20 | 78361 Mantes-la-Jolie 44 | 78498 Poissy 38
78517 Rambouillet 27 | 78551 Saint-Germain-en-Laye 44 | 78586 Sartrouville 52 | 78646 Versailles 84
79049 Bressuire 19 | 79191 Niort 59 | 80001 Abbeville 22 | 80021 Amiens 134 | 80620 Péronne 7 | 81004 Albi 49
81065 Castres 42 | 82033 Castelsarrasin 14 | 82121 Montauban 61 | 83050 Draguignan 39 | 83061 Fréjus 55
83069 Hyères 55 | 83126 La_Seyne-sur-Mer 62 | 83137 Toulon 178 | 84007 Avignon 91 | 84031 Carpentras 29
84035 Cavaillon 26 | 84087 Orange 29 | 85047 Challans 21 | 85191 La_Roche-sur-Yon 55 | 85194 Les_Sables-d'Olonne 45
86066 Châtellerault 31 | 86194 Poitiers 89 | 87085 Limoges 130 | 87154 Saint-Junien 11 | 88160 Épinal 32
88413 Saint-Dié-des-Vosges 19 | 89024 Auxerre 35 | 89387 Sens 26 | 90010 Belfort 46 | 91114 Brunoy 25
91174 Corbeil-Essonnes 52 | 91223 Étampes 25 | 91228 Évry-Courcouronnes 66 | 91377 Massy 51 | 91477 Palaiseau 36
92002 Antony 63 | 92004 Asnières-sur-Seine 87 | 92012 Boulogne-Billancourt 121 | 92023 Clamart 54 | 92024 Clichy 64
92025 Colombes 86 | 92026 Courbevoie 82 | 92036 Gennevilliers 48 | 92040 Issy-les-Moulineaux 68
92044 Levallois-Perret 67 | 92050 Nanterre 97 | 92051 Neuilly-sur-Seine 59 | 92063 Rueil-Malmaison 79
92064 Saint-Cloud 30 | 92072 Sèvres 23 | 92073 Suresnes 49 | 93001 Aubervilliers 90 | 93005 Aulnay-sous-Bois 87
93008 Bobigny 55 | 93010 Bondy 53 | 93029 Drancy 72 | 93048 Montreuil 111 | 93051 Noisy-le-Grand 68
93066 Saint-Denis 113 | 93007 Le_Blanc-Mesnil 58 | 93073 Tremblay-en-France 36 | 94017 Champigny-sur-Marne 77
94022 Choisy-le-Roi 45 | 94028 Créteil 92 | 94033 Fontenay-sous-Bois 51 | 94041 Ivry-sur-Seine 63
94043 Le_Kremlin-Bicêtre 25 | 94052 Nogent-sur-Marne 33 | 94068 Saint-Maur-des-Fossés 75 | 94080 Vincennes 49
94081 Vitry-sur-Seine 95 | 94078 Villeneuve-Saint-Georges 34 | 95018 Argenteuil 110 | 95063 Beaumont-sur-Oise 10
95127 Cergy 66 | 95252 Franconville 37 | 95268 Garges-lès-Gonesse 43 | 95277 Gonesse 26 | 95500 Pontoise 31
95585 Sarcelles 58 | 97101 Les_Abymes 53 | 97105 Basse-Terre 10 | 97113 Le_Gosier 26 | 97120 Pointe-à-Pitre 15
97209 Fort-de-France 76 | 97213 Le_Lamentin 40 | 97222 Le_Robert 22 | 97230 La_Trinité 12 | 97302 Cayenne 63
97304 Kourou 25 | 97307 Matoury 33 | 97311 Saint-Laurent-du-Maroni 47 | 97407 Le_Port 33 | 97411 Saint-Denis 153
97415 Saint-Paul 103 | 97416 Saint-Pierre 84 | 97410 Saint-Benoît 37 | 97502 Saint-Pierre 5 | 97611 Mamoudzou 71
97608 Dzaoudzi 18 | 97610 Koungou 32 | 97617 Tsingoni 14
"""

PAYS: Final = """
99350 Maroc 230 | 99352 Algérie 260 | 99351 Tunisie 110 | 99139 Portugal 160 | 99127 Italie 80 | 99134 Espagne 70
99208 Turquie 70 | 99109 Allemagne 50 | 99131 Belgique 40 | 99132 Royaume-Uni 45 | 99140 Suisse 15 | 99122 Pologne 30
99114 Roumanie 40 | 99123 Russie 22 | 99155 Ukraine 20 | 99121 Serbie 20 | 99126 Grèce 6 | 99135 Pays-Bas 12
99111 Bulgarie 10 | 99112 Hongrie 5 | 99125 Albanie 8 | 99157 Kosovo 8 | 99252 Arménie 12 | 99255 Géorgie 8
99243 Viêt_Nam 35 | 99234 Cambodge 25 | 99216 Chine 45 | 99223 Inde 22 | 99235 Sri_Lanka 20 | 99213 Pakistan 14
99246 Bangladesh 12 | 99212 Afghanistan 16 | 99205 Liban 18 | 99206 Syrie 16 | 99203 Irak 8 | 99204 Iran 12
99207 Israël 8 | 99217 Japon 6 | 99220 Philippines 7 | 99341 Sénégal 50 | 99335 Mali 42 | 99326 Côte_d'Ivoire 48
99322 Cameroun 45 | 99324 Congo 26 | 99312 République_démocratique_du_Congo 40 | 99330 Guinée 30 | 99327 Bénin 10
99345 Togo 11 | 99331 Burkina_Faso 7 | 99337 Niger 3 | 99328 Gabon 12 | 99336 Mauritanie 10 | 99301 Égypte 14
99333 Madagascar 55 | 99390 Maurice 22 | 99397 Comores 35 | 99410 Haïti 45 | 99416 Brésil 20 | 99404 États-Unis 16
99401 Canada 9 | 99405 Mexique 5 | 99419 Colombie 10 | 99415 Argentine 6 | 99501 Australie 3
"""
# fmt: on


def _table(text: str) -> Iterator[Lieu]:
    """The places of a text; an underscore is a space of the name."""
    tokens = iter(text.replace("|", " ").split())
    for code in tokens:
        yield Lieu(code, next(tokens).replace("_", " "), int(next(tokens)))


def communes() -> list[Lieu]:
    """The communes of the short table: about 400, all departments, Corsica, overseas, districts of the three cities."""
    return list(_table(COMMUNES))


def pays() -> list[Lieu]:
    """The countries of the short table."""
    return list(_table(PAYS))


def load_cog(file: TextIO) -> Iterator[Lieu]:
    """Every commune and district of an official COG file ("v_commune_AAAA.csv" of Insee: TYPECOM, COM, …, LIBELLE).

    Current communes (COM) and municipal districts (ARM); the file has no population: each weighs 1.
    Raises: Problem(INVALID) when the file has not these columns.
    """
    reader = csv.DictReader(file)
    if not {"TYPECOM", "COM", "LIBELLE"} <= set(reader.fieldnames or ()):
        raise Problem.of(
            Kind.INVALID,
            "Ce fichier n'est pas la liste des communes du code officiel géographique (colonnes TYPECOM, COM, "
            "LIBELLE).",
            "This file is not the list of communes of the official geographic code (columns TYPECOM, COM, LIBELLE).",
            rule="Insee, COG",
        )
    for row in reader:
        if row["TYPECOM"] in ("COM", "ARM") and len(row["COM"]) == 5:
            yield Lieu(row["COM"], row["LIBELLE"], 1)
