"""Messages of PAM France as a hospital's patient administration sends them; synthetic people only."""

MSH = "MSH|^~\\&|GAM|CHU|MPI|REGION|20261129101500||ADT^{event}^{structure}|{number}|P|{version}|||||FRA|UNICODE UTF-8"
OID = "1.2.250.1.999.1"
NIR_TEST = "1.2.250.1.213.1.4.10"
PID = (
    "PID|||{local}||MARTIN^JEANNE^JEANNE MARIE^^^^L~DURAND^JEANNE^^^^^D||19800229|F|||"
    "12 rue des Lilas^^LYON^^69003^FRA^H~^^^^^FRA^BDL^^69381||^PRN^PH^^^^^^^^^0199000001~^NET^Internet^jeanne@exemple.test"
    "|||||||||||||||||||{codes}"
)
EVN = "EVN||20261129101500||||20261129101500"
PV1 = "PV1||N"


def cx(value: str, oid: str = OID, kind: str = "PI", more: str = "") -> str:
    """An identifier of PID-3."""
    return f"{value}^^^AUTORITE&{oid}&ISO^{kind}{more}"


def adt(
    event: str = "A28",
    *segments: str,
    local: str = "77",
    codes: str = "PROV",
    number: str = "42",
    version: str = "2.5^FRA^2.11",
    more: tuple[str, ...] = (),
) -> bytes:
    """A message; `segments` replace those after MSH, `more` identifiers follow the local one."""
    header = MSH.format(event=event, structure="ADT_A05", number=number, version=version)
    pid = PID.format(local="~".join([cx(local) if local else "", *more]), codes=codes)
    return "\r".join([header, *(segments or (EVN, pid, PV1)), ""]).encode()


def pid(local: str, codes: str = "PROV") -> str:
    """The PID of a local identifier."""
    return PID.format(local=cx(local), codes=codes)
