"""The communes of the synthetic country: real names, codes and positions, chosen by us, one to four a department.

Facts about places, not about people: INSEE code, postal code, name, latitude and longitude in WGS84 (to about a
kilometre), weight (thousands of inhabitants, roughly). Written for this project; `generate` needs no other file.
"""

from typing import Final

# fmt: off
COMMUNES: Final = """
01053 01000 Bourg-en-Bresse 46.205 5.226 42 | 01283 01100 Oyonnax 46.257 5.655 22 | 01004 01500 Ambérieu-en-Bugey 45.958 5.359 15
02408 02000 Laon 49.563 3.624 24 | 02691 02100 Saint-Quentin 49.848 3.287 53 | 02722 02200 Soissons 49.381 3.323 29
03190 03000 Moulins 46.566 3.333 20 | 03185 03100 Montluçon 46.341 2.603 34 | 03310 03200 Vichy 46.127 3.426 25
04070 04000 Digne-les-Bains 44.092 6.236 17 | 04112 04100 Manosque 43.829 5.787 22
05061 05000 Gap 44.559 6.079 41 | 05023 05100 Briançon 44.899 6.643 11
06088 06000 Nice 43.703 7.266 343 | 06029 06400 Cannes 43.552 7.017 74 | 06004 06600 Antibes 43.580 7.125 74
07186 07000 Privas 44.735 4.599 8 | 07010 07100 Annonay 45.240 4.671 16
08105 08000 Charleville-Mézières 49.773 4.721 46 | 08409 08200 Sedan 49.702 4.943 16
09122 09000 Foix 42.965 1.607 10 | 09225 09100 Pamiers 43.116 1.611 16
10387 10000 Troyes 48.297 4.074 62
11069 11000 Carcassonne 43.213 2.352 46 | 11262 11100 Narbonne 43.184 3.004 55
12202 12000 Rodez 44.351 2.575 24 | 12145 12100 Millau 44.099 3.078 22
13201 13001 Marseille_1er 43.299 5.385 39 | 13205 13005 Marseille_5e 43.293 5.400 46 | 13208 13008 Marseille_8e 43.265 5.382 81
13001 13100 Aix-en-Provence 43.529 5.447 147
14118 14000 Caen 49.183 -0.371 106 | 14366 14100 Lisieux 49.146 0.227 20
15014 15000 Aurillac 44.926 2.444 26
16015 16000 Angoulême 45.649 0.156 42 | 16102 16100 Cognac 45.696 -0.329 18
17300 17000 La_Rochelle 46.160 -1.151 77 | 17415 17100 Saintes 45.746 -0.633 25 | 17299 17300 Rochefort 45.937 -0.960 24
18033 18000 Bourges 47.081 2.399 64 | 18279 18100 Vierzon 47.222 2.069 25
19272 19000 Tulle 45.267 1.771 14 | 19031 19100 Brive-la-Gaillarde 45.159 1.533 47
2A004 20000 Ajaccio 41.919 8.739 71 | 2A247 20137 Porto-Vecchio 41.591 9.279 12
2B033 20200 Bastia 42.697 9.451 48 | 2B050 20260 Calvi 42.567 8.757 6 | 2B096 20250 Corte 42.306 9.149 8
21231 21000 Dijon 47.322 5.041 158 | 21054 21200 Beaune 47.026 4.840 21
22278 22000 Saint-Brieuc 48.514 -2.766 44 | 22113 22300 Lannion 48.732 -3.459 20
23096 23000 Guéret 46.171 1.872 13
24322 24000 Périgueux 45.184 0.721 30 | 24037 24100 Bergerac 44.853 0.483 27
25056 25000 Besançon 47.238 6.024 118 | 25388 25200 Montbéliard 47.510 6.798 26
26362 26000 Valence 44.933 4.892 64 | 26198 26200 Montélimar 44.558 4.751 40
27229 27000 Évreux 49.024 1.151 47 | 27681 27200 Vernon 49.093 1.485 24
28085 28000 Chartres 48.444 1.489 38 | 28134 28100 Dreux 48.737 1.366 31
29232 29000 Quimper 47.996 -4.103 63 | 29019 29200 Brest 48.390 -4.486 140 | 29151 29600 Morlaix 48.578 -3.828 15
30189 30000 Nîmes 43.837 4.360 148 | 30007 30100 Alès 44.125 4.081 41
31555 31000 Toulouse 43.604 1.444 498 | 31149 31770 Colomiers 43.611 1.335 40 | 31395 31600 Muret 43.461 1.327 25
32013 32000 Auch 43.646 0.586 22
33063 33000 Bordeaux 44.838 -0.579 260 | 33281 33700 Mérignac 44.838 -0.645 72 | 33243 33500 Libourne 44.915 -0.244 24
34172 34000 Montpellier 43.611 3.877 299 | 34032 34500 Béziers 43.344 3.216 78 | 34301 34200 Sète 43.403 3.697 44
35238 35000 Rennes 48.117 -1.678 222 | 35288 35400 Saint-Malo 48.649 -2.026 47 | 35115 35300 Fougères 48.352 -1.204 20
36044 36000 Châteauroux 46.811 1.691 43
37261 37000 Tours 47.394 0.685 137 | 37122 37300 Joué-lès-Tours 47.352 0.662 38
38185 38000 Grenoble 45.188 5.724 158 | 38053 38300 Bourgoin-Jallieu 45.586 5.274 29 | 38544 38200 Vienne 45.525 4.874 30
39300 39000 Lons-le-Saunier 46.675 5.555 17 | 39198 39100 Dole 47.093 5.492 23
40192 40000 Mont-de-Marsan 43.891 -0.500 30 | 40088 40100 Dax 43.707 -1.052 21
41018 41000 Blois 47.586 1.336 46
42218 42000 Saint-Étienne 45.440 4.388 173 | 42187 42300 Roanne 46.036 4.069 35
43157 43000 Le_Puy-en-Velay 45.043 3.885 19
44109 44000 Nantes 47.218 -1.554 320 | 44184 44600 Saint-Nazaire 47.273 -2.214 72 | 44162 44800 Saint-Herblain 47.212 -1.650 49
45234 45000 Orléans 47.902 1.909 117 | 45208 45200 Montargis 47.997 2.733 15
46042 46000 Cahors 44.448 1.441 20
47001 47000 Agen 44.204 0.621 33 | 47323 47300 Villeneuve-sur-Lot 44.407 0.704 22
48095 48000 Mende 44.518 3.501 12
49007 49000 Angers 47.473 -0.554 155 | 49099 49300 Cholet 47.060 -0.879 54
50502 50000 Saint-Lô 49.116 -1.090 19 | 50129 50100 Cherbourg-en-Cotentin 49.639 -1.616 78
51108 51000 Châlons-en-Champagne 48.957 4.363 44 | 51454 51100 Reims 49.258 4.032 181
52121 52000 Chaumont 48.111 5.139 21 | 52448 52100 Saint-Dizier 48.638 4.950 23
53130 53000 Laval 48.070 -0.770 50
54395 54000 Nancy 48.692 6.184 105 | 54329 54300 Lunéville 48.589 6.501 18
55029 55000 Bar-le-Duc 48.773 5.161 15 | 55545 55100 Verdun 49.160 5.383 17
56260 56000 Vannes 47.658 -2.760 54 | 56121 56100 Lorient 47.748 -3.370 58 | 56178 56300 Pontivy 48.068 -2.963 15
57463 57000 Metz 49.119 6.176 120 | 57672 57100 Thionville 49.358 6.169 41 | 57631 57200 Sarreguemines 49.111 7.067 21
58194 58000 Nevers 46.990 3.159 33
59350 59000 Lille 50.632 3.058 236 | 59183 59140 Dunkerque 51.034 2.377 87 | 59606 59300 Valenciennes 50.358 3.524 43
59512 59100 Roubaix 50.690 3.182 99
60057 60000 Beauvais 49.431 2.082 56 | 60159 60200 Compiègne 49.418 2.826 41
61001 61000 Alençon 48.432 0.091 26 | 61169 61100 Flers 48.748 -0.571 15
62041 62000 Arras 50.291 2.777 42 | 62193 62100 Calais 50.948 1.856 67 | 62498 62300 Lens 50.432 2.832 32
63113 63000 Clermont-Ferrand 45.779 3.087 147 | 63300 63200 Riom 45.893 3.113 19
64445 64000 Pau 43.300 -0.370 77 | 64102 64100 Bayonne 43.493 -1.475 52
65440 65000 Tarbes 43.233 0.078 43 | 65286 65100 Lourdes 43.094 -0.046 13
66136 66000 Perpignan 42.698 2.895 120
67482 67000 Strasbourg 48.573 7.752 291 | 67180 67500 Haguenau 48.816 7.791 35
68066 68000 Colmar 48.079 7.358 68 | 68224 68100 Mulhouse 47.750 7.335 106
69381 69001 Lyon_1er 45.769 4.829 29 | 69383 69003 Lyon_3e 45.758 4.854 102 | 69388 69008 Lyon_8e 45.735 4.869 87
69266 69100 Villeurbanne 45.772 4.890 156
70550 70000 Vesoul 47.620 6.156 15
71270 71000 Mâcon 46.307 4.833 34 | 71076 71100 Chalon-sur-Saône 46.781 4.853 45
72181 72000 Le_Mans 48.006 0.200 145 | 72154 72200 La_Flèche 47.700 -0.076 15
73065 73000 Chambéry 45.566 5.921 59 | 73011 73200 Albertville 45.676 6.393 19
74010 74000 Annecy 45.899 6.129 131 | 74012 74100 Annemasse 46.194 6.238 37
75105 75005 Paris_5e 48.845 2.350 57 | 75111 75011 Paris_11e 48.859 2.379 141 | 75113 75013 Paris_13e 48.829 2.362 178
75118 75018 Paris_18e 48.892 2.348 188
76540 76000 Rouen 49.443 1.099 114 | 76351 76600 Le_Havre 49.494 0.108 166 | 76217 76200 Dieppe 49.923 1.077 28
77288 77000 Melun 48.540 2.660 41 | 77284 77100 Meaux 48.960 2.879 55
78646 78000 Versailles 48.801 2.130 84 | 78498 78300 Poissy 48.929 2.045 38
79191 79000 Niort 46.325 -0.460 59
80021 80000 Amiens 49.894 2.296 134 | 80001 80100 Abbeville 50.106 1.834 22
81004 81000 Albi 43.928 2.148 49 | 81065 81100 Castres 43.606 2.241 42
82121 82000 Montauban 44.018 1.355 61
83137 83000 Toulon 43.124 5.928 178 | 83050 83300 Draguignan 43.540 6.465 39 | 83061 83600 Fréjus 43.433 6.737 55
84007 84000 Avignon 43.949 4.806 91 | 84087 84100 Orange 44.137 4.808 29
85191 85000 La_Roche-sur-Yon 46.670 -1.427 55 | 85194 85100 Les_Sables-d'Olonne 46.496 -1.783 45
86194 86000 Poitiers 46.580 0.340 89 | 86066 86100 Châtellerault 46.817 0.546 31
87085 87000 Limoges 45.834 1.262 130 | 87154 87200 Saint-Junien 45.887 0.901 11
88160 88000 Épinal 48.174 6.450 32 | 88413 88100 Saint-Dié-des-Vosges 48.285 6.949 19
89024 89000 Auxerre 47.798 3.573 35 | 89387 89100 Sens 48.198 3.283 26
90010 90000 Belfort 47.638 6.863 46
91228 91000 Évry-Courcouronnes 48.624 2.429 66 | 91377 91300 Massy 48.731 2.271 51
92050 92000 Nanterre 48.892 2.207 97 | 92012 92100 Boulogne-Billancourt 48.835 2.241 121
93008 93000 Bobigny 48.908 2.440 55 | 93066 93200 Saint-Denis 48.936 2.357 113 | 93048 93100 Montreuil 48.864 2.443 111
94028 94000 Créteil 48.790 2.455 92 | 94081 94400 Vitry-sur-Seine 48.787 2.403 95
95500 95300 Pontoise 49.051 2.101 31 | 95018 95100 Argenteuil 48.947 2.247 110
97105 97100 Basse-Terre 15.998 -61.728 10 | 97101 97139 Les_Abymes 16.271 -61.503 53
97209 97200 Fort-de-France 14.604 -61.067 76 | 97213 97232 Le_Lamentin 14.613 -60.998 40
97302 97300 Cayenne 4.938 -52.330 63 | 97311 97320 Saint-Laurent-du-Maroni 5.504 -54.029 47
97411 97400 Saint-Denis -20.879 55.448 153 | 97416 97410 Saint-Pierre -21.340 55.478 84
97611 97600 Mamoudzou -12.781 45.228 71
"""

# Department, its name, its region (2016), the region's name.
DEPARTEMENTS: Final = """
84 Auvergne-Rhône-Alpes : 01 Ain | 03 Allier | 07 Ardèche | 15 Cantal | 26 Drôme | 38 Isère | 42 Loire | 43 Haute-Loire
 | 63 Puy-de-Dôme | 69 Rhône | 73 Savoie | 74 Haute-Savoie
27 Bourgogne-Franche-Comté : 21 Côte-d'Or | 25 Doubs | 39 Jura | 58 Nièvre | 70 Haute-Saône | 71 Saône-et-Loire | 89 Yonne
 | 90 Territoire_de_Belfort
53 Bretagne : 22 Côtes-d'Armor | 29 Finistère | 35 Ille-et-Vilaine | 56 Morbihan
24 Centre-Val_de_Loire : 18 Cher | 28 Eure-et-Loir | 36 Indre | 37 Indre-et-Loire | 41 Loir-et-Cher | 45 Loiret
94 Corse : 2A Corse-du-Sud | 2B Haute-Corse
44 Grand_Est : 08 Ardennes | 10 Aube | 51 Marne | 52 Haute-Marne | 54 Meurthe-et-Moselle | 55 Meuse | 57 Moselle
 | 67 Bas-Rhin | 68 Haut-Rhin | 88 Vosges
32 Hauts-de-France : 02 Aisne | 59 Nord | 60 Oise | 62 Pas-de-Calais | 80 Somme
11 Île-de-France : 75 Paris | 77 Seine-et-Marne | 78 Yvelines | 91 Essonne | 92 Hauts-de-Seine | 93 Seine-Saint-Denis
 | 94 Val-de-Marne | 95 Val-d'Oise
28 Normandie : 14 Calvados | 27 Eure | 50 Manche | 61 Orne | 76 Seine-Maritime
75 Nouvelle-Aquitaine : 16 Charente | 17 Charente-Maritime | 19 Corrèze | 23 Creuse | 24 Dordogne | 33 Gironde | 40 Landes
 | 47 Lot-et-Garonne | 64 Pyrénées-Atlantiques | 79 Deux-Sèvres | 86 Vienne | 87 Haute-Vienne
76 Occitanie : 09 Ariège | 11 Aude | 12 Aveyron | 30 Gard | 31 Haute-Garonne | 32 Gers | 34 Hérault | 46 Lot | 48 Lozère
 | 65 Hautes-Pyrénées | 66 Pyrénées-Orientales | 81 Tarn | 82 Tarn-et-Garonne
52 Pays_de_la_Loire : 44 Loire-Atlantique | 49 Maine-et-Loire | 53 Mayenne | 72 Sarthe | 85 Vendée
93 Provence-Alpes-Côte_d'Azur : 04 Alpes-de-Haute-Provence | 05 Hautes-Alpes | 06 Alpes-Maritimes | 13 Bouches-du-Rhône
 | 83 Var | 84 Vaucluse
01 Guadeloupe : 971 Guadeloupe
02 Martinique : 972 Martinique
03 Guyane : 973 Guyane
04 La_Réunion : 974 La_Réunion
06 Mayotte : 976 Mayotte
"""
# fmt: on
