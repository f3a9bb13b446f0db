"""The kinds of lines, with the fields of each. Names and orders: XSDs of the standard feeds V4.1; open CSV files."""

from typing import Final

from socle.foundations.structures.formats.item import Kind, Shape


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The open CSV of establishments (cs1100502, cs1100507), after the tag `structureet`.
CSV_ET: Final = _names("""
    nofinesset nofinessej rs rslongue complrs compldistrib numvoie typvoie voie compvoie lieuditbp commune
    departement libdepartement ligneacheminement telephone telecopie categetab libcategetab categagretab
    libcategagretab siret codeape codemft libmft codesph libsph dateouv dateautor datemaj numuai
""")
# That of legal entities (cs1100501), after `structureej`.
CSV_EJ: Final = _names("""
    nofiness rs rslongue complrs numvoie typvoie voie compvoie compldistrib lieuditbp commune ligneacheminement
    departement libdepartement telephone statutjuridique libstatutjuridique categetab libcategetab siren codeape
    datecrea
""")
CSV_GEO: Final = ("nofinesset", "coordxet", "coordyet", "sourcecoordet", "datemaj")
XML_EJ: Final = _names("""
    nofiness rs rslongue complrs numvoie typvoie voie compvoie compldistrib lieuditbp libellepays commune
    ligneacheminement libcommune departement libdepartement codepostal codepays telephone telecopie
    statutjuridique libstatutjuridique libcourtstatutjuridique categetab libcategetab libcourtcategetab siren
    datemodifsiren originemodifsiren codeape datecrea datemaj datefermeture typefermeture qualifcreation
""")
XML_ET: Final = _names("""
    nofinesset nofinessej rs rslongue complrs compldistrib numvoie typvoie voie compvoie lieuditbp commune
    libcommune departement libdepartement codepostal ligneacheminement codepays libellepays telephone telecopie
    courriel categetab libcategetab libcourtcategetab categagretab libcategagretab libcourtcategagretab typeet
    nofinessppal natureet siret datemodifsiret originemodifsiret codeape codemft libmft libcourtmft codesph libsph
    libcourtsph dateouv datelimite indcaduc typefermeture datefermeture dateautor datemaj numuai
""")
XML_ACTIVITY: Final = _names("""
    nofinessej rsej activite libactivite modalite libmodalite forme libforme noautor dateautor indnatlien
    nofinesset rset noligautor noligautoranc noautorarhgos noimplarhgos noancautact noancauteml sectpsy libsectpsy
    datemeo datefin datelimite indcaduc daterenouv indrenouv indsupact indsupsite datemajact datemajsite
""")
XML_EQUIPMENT: Final = _names("""
    nofinessej rsej eml libeml libcourteml noautor noautorarhgos noimplarhgos dateautor nofinesset numserie marque
    rset datelimite indcaduc indnatlien datemeo datefin indrempl noautorremplacement indsup datemaj
""")
XML_SOCIAL: Final = _names("""
    nofinesset de libde libcourtde ta libta libcourtta client libclient libcourtclient sourceinfo libsourceinfo
    capinstot capinstm capinstf capinsthab ageminiinst agemaxiinst indsupinst datederinst datepremautor capautot
    capautm capautf capauthab ageminiaut agemaxiaut indsupaut dateautor datemajaut datemajinst
""")
XML_TRAINING: Final = _names("""
    nofinessej rsej nofinesset rset noautor de libde libcourtde ta libta libcourtta capaut dateautor indsup datemaj
""")
XML_AGREEMENT: Final = _names("nofinesset noconv libconvention libcourtconvention dateconv datemajconv")

# As cs1600101 and cs1600102 name them; `codeautorarhgos` is kept under the name that cs1400103 gives it.
XML_OTHER: Final = _names("""
    noautor nofinessej rsej nofinesset rset noautorarhgos activite libactivite modalite libmodalite forme libforme
    datedecision nodecision etatautorisation libetatautorisation datevisite resultatvisite datefin datemeo datelimitemeo
    datelimitedepot datelimvisite datemaj
""")
XML_RECOGNISED: Final = _names("""
    noautor idcpom nofinessej rsej nofinesset rset dateeffetcpom datefincpom noautorarhgos indicateurregional activite
    libactivite modalite libmodalite forme libforme dateeffetasr capaciteautorisee regionautorisation etatautorisation
    libetatautorisation datemaj
""")
# FINESS_AMM V9: activities authorised by modality and mention. The last two are lists, kept as words.
XML_AMM: Final = _names("""
    nofinessej rsej activite modalite mention pts declaration noautorarhgos dateautor daterenouv nofinesset rset datelimite
    datemeo dateeffet datefin datecaducite datemaj tep temp irm scanner cyclotron caissonhyperbare tepmeo tempmeo irmmeo
    scannermeo cyclotronmeo caissonhyperbaremeo communes etablissementspsy
""")

_DERIVED: Final = frozenset({"cog", "codepostal", "libcommune"})
_GEO: Final = frozenset({"lat", "lon", "coordxet", "coordyet", "sourcecoordet", "datemaj", "grid"})


def _shape(name: str, kind: Kind, fields: tuple[str, ...]) -> Shape:
    return Shape(name, kind, frozenset(fields) | _DERIVED)


SHAPES: Final = {
    shape.name: shape
    for shape in (
        _shape("csv-ej", Kind.EJ, CSV_EJ),
        _shape("csv-et", Kind.ET, CSV_ET),
        Shape("csv-geo", Kind.GEOLOCATION, _GEO),
        _shape("xml-ej", Kind.EJ, XML_EJ),
        _shape("xml-et", Kind.ET, XML_ET),
        Shape("xml-geo", Kind.GEOLOCATION, _GEO),
        Shape("xml-activity", Kind.ACTIVITY, frozenset(XML_ACTIVITY)),
        Shape("xml-equipment", Kind.EQUIPMENT, frozenset(XML_EQUIPMENT)),
        Shape("xml-social", Kind.SOCIAL, frozenset(XML_SOCIAL)),
        Shape("xml-training", Kind.TRAINING, frozenset(XML_TRAINING)),
        Shape("xml-agreement", Kind.AGREEMENT, frozenset(XML_AGREEMENT)),
        Shape("xml-other", Kind.OTHER_CARE, frozenset(XML_OTHER)),
        Shape("xml-recognised", Kind.RECOGNISED, frozenset(XML_RECOGNISED)),
        Shape("xml-amm", Kind.BY_MENTION, frozenset(XML_AMM)),
        _shape(
            "plus-ej",
            Kind.EJ,
            _names("""
    rs rslongue complrs numvoie typvoie voie compvoie compldistrib lieuditbp ligneacheminement departement
    telephone telecopie courriel statutjuridique siren codeape datecrea datefermeture datemaj fonctionpublique
"""),
        ),
        _shape(
            "plus-et",
            Kind.ET,
            _names("""
    rs rslongue complrs numvoie typvoie voie compvoie compldistrib lieuditbp ligneacheminement departement
    telephone telecopie courriel categetab siret codemft codesph dateouv dateautor datefermeture datemaj numuai
"""),
        ),
        Shape("plus-geo", Kind.GEOLOCATION, _GEO),
        Shape("plus-activity", Kind.ACTIVITY, frozenset()),
        Shape("plus-equipment", Kind.EQUIPMENT, frozenset()),
        Shape("plus-social", Kind.SOCIAL, frozenset()),
        Shape("plus-group", Kind.GROUP, frozenset()),
    )
}
