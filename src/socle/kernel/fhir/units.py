"""Units of measure in UCUM's case-sensitive notation: what a unit is worth in base units, exactly.

A table of our own: the libraries on PyPI compute with floats and bring a general unit system of several megabytes, and
FHIRPath must compare 1.0 'g' and 1000 'mg' exactly. Logarithmic units, and those that functions define, have a dimension of
their own: they compare with themselves alone. So does a text that is no unit.
Source: the Unified Code for Units of Measure, https://ucum.org/ucum.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

LONGEST = 100  # characters
_MAX_EXPONENT = 30

_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip
_BINARY_PREFIXES = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40}
_BASES = ("m", "s", "g", "rad", "K", "C", "cd")
# symbol, * when prefixes apply, value, unit. A unit that is its own definition has a dimension of its own.
_TABLE = """
10* - 10 1
10^ - 10 1
[pi] - 3.1415926535897932384626433832795028841971693993751058209749445923 1
% - 0.01 1
[ppth] - 0.001 1
[ppm] - 0.000001 1
[ppb] - 0.000000001 1
[pptr] - 0.000000000001 1
mol * 6.02214076 10*23
eq * 1 mol
osm * 1 mol
sr * 1 rad2
Hz * 1 s-1
N * 1 kg.m/s2
Pa * 1 N/m2
J * 1 N.m
W * 1 J/s
A * 1 C/s
V * 1 J/C
F * 1 C/V
Ohm * 1 V/A
S * 1 Ohm-1
Wb * 1 V.s
T * 1 Wb/m2
H * 1 Wb/A
lm * 1 cd.sr
lx * 1 lm/m2
Bq * 1 s-1
Gy * 1 J/kg
Sv * 1 J/kg
kat * 1 mol/s
U * 1 umol/min
gon - 0.9 deg
deg - 2 [pi].rad/360
' - 1 deg/60
'' - 1 deg/3600
l * 1 dm3
L * 1 dm3
ar * 100 m2
min - 60 s
h - 60 min
d - 24 h
wk - 7 d
a_t - 365.24219 d
a_j - 365.25 d
a_g - 365.2425 d
a - 365.25 d
mo_s - 29.53059 d
mo_j - 1 a_j/12
mo_g - 1 a_g/12
mo - 1 a_j/12
t * 1000 kg
bar * 100000 Pa
u * 1.66053906660e-24 g
eV * 1 [e].V
AU - 149597.870691 Mm
pc * 3.085678e16 m
[c] * 299792458 m/s
[h] * 6.62607015e-34 J.s
[k] * 1.380649e-23 J/K
[e] * 1.602176634e-19 C
[m_e] * 9.1093837139e-31 kg
[m_p] * 1.67262192595e-27 kg
[g] * 9.80665 m/s2
[ly] * 1 [c].a_j
gf * 1 g.[g]
Ky * 1 cm-1
Gal * 1 cm/s2
dyn * 1 g.cm/s2
erg * 1 dyn.cm
P * 1 dyn.s/cm2
St * 1 cm2/s
Mx * 1e-8 Wb
G * 0.0001 T
Ci * 37000000000 Bq
R * 0.000258 C/kg
RAD * 100 erg/g
REM * 1 RAD
[in_i] - 2.54 cm
[ft_i] - 12 [in_i]
[yd_i] - 3 [ft_i]
[mi_i] - 5280 [ft_i]
[nmi_i] - 1852 m
[kn_i] - 1 [nmi_i]/h
[sin_i] - 1 [in_i]2
[sft_i] - 1 [ft_i]2
[cin_i] - 1 [in_i]3
[acr_us] - 160 [rd_us]2
[gal_us] - 231 [in_i]3
[qt_us] - 1 [gal_us]/4
[pt_us] - 1 [qt_us]/2
[foz_us] - 1 [gil_us]/4
[cup_us] - 16 [tbs_us]
[tbs_us] - 1 [foz_us]/2
[tsp_us] - 1 [tbs_us]/3
[gal_br] - 4.54609 l
[gr] - 64.79891 mg
[lb_av] - 7000 [gr]
[oz_av] - 1 [lb_av]/16
[dr_av] - 1 [oz_av]/16
[stone_av] - 14 [lb_av]
[lbf_av] - 1 [lb_av].[g]
[psi] - 1 [lbf_av]/[in_i]2
m[H2O] * 9.80665 kPa
m[Hg] * 133.322 kPa
[in_i'Hg] - 1 m[Hg].[in_i]/m
[in_i'H2O] - 1 m[H2O].[in_i]/m
att - 1 kgf/cm2
atm - 101325 Pa
cal * 4.184 J
cal_th * 4.184 J
cal_IT * 4.1868 J
[Cal] - 1 kcal_th
[Btu] - 1 [Btu_th]
[HP] - 550 [ft_i].[lbf_av]/s
[diop] - 1 m-1
[Ch] - 1 mm/3
[drp] - 1 ml/20
[MET] - 3.5 ml/min/kg
[PRU] - 1 mm[Hg].s/ml
[wood'U] - 1 mm[Hg].min/L
[CFU] - 1 [CFU]
[PFU] - 1 [PFU]
[iU] * 1 [iU]
[IU] * 1 [iU]
[arb'U] * 1 [arb'U]
[USP'U] * 1 [USP'U]
[GPL'U] * 1 [GPL'U]
[MPL'U] * 1 [MPL'U]
[APL'U] * 1 [APL'U]
[ELU] * 1 [ELU]
[EU] * 1 [EU]
[Lf] - 1 [Lf]
[FFU] - 1 [FFU]
[BAU] - 1 [BAU]
[AU] - 1 [AU]
[CCID_50] - 1 [CCID_50]
[TCID_50] - 1 [TCID_50]
[EID_50] - 1 [EID_50]
[PNU] - 1 [PNU]
[Amb'a'1'U] - 1 [Amb'a'1'U]
[todd'U] - 1 [todd'U]
[dye'U] - 1 [dye'U]
[smgy'U] - 1 [smgy'U]
[bdsk'U] - 1 [bdsk'U]
[ka'U] - 1 [ka'U]
[knk'U] - 1 [knk'U]
[mclg'U] - 1 [mclg'U]
[tb'U] - 1 [tb'U]
[hnsf'U] - 1 1
[pH] - 1 [pH]
[hd_i] - 4 [in_i]
[lne] - 1 [in_i]/12
[pnt] - 1 [lne]/6
[S] - 0.0000000000001 s
Np * 1 Np
B * 1 B
bit * 1 1
By * 8 bit
Bd * 1 s-1
circ - 2 [pi].rad
sph - 4 [pi].sr
mho * 1 S
g% * 1 g/dl
[car_m] - 0.2 g
[den] - 1 g/9/km
[gil_us] - 1 [pt_us]/4
[bbl_us] - 42 [gal_us]
[fdr_us] - 1 [foz_us]/8
[min_us] - 1 [fdr_us]/60
[bu_us] - 2150.42 [in_i]3
[pk_us] - 1 [bu_us]/4
[dqt_us] - 1 [pk_us]/8
[dpt_us] - 1 [dqt_us]/2
[qt_br] - 1 [gal_br]/4
[pt_br] - 1 [qt_br]/2
[gil_br] - 1 [pt_br]/4
[foz_br] - 1 [gil_br]/5
[ft_us] - 1200 m/3937
[yd_us] - 3 [ft_us]
[in_us] - 1 [ft_us]/12
[rd_us] - 16.5 [ft_us]
[fth_i] - 6 [ft_i]
[mil_i] - 0.001 [in_i]
[mesh_i] - 1 /[in_i]
[scwt_av] - 100 [lb_av]
[lcwt_av] - 112 [lb_av]
[ston_av] - 20 [scwt_av]
[lton_av] - 20 [lcwt_av]
[pwt_tr] - 24 [gr]
[oz_tr] - 20 [pwt_tr]
[lb_tr] - 12 [oz_tr]
[sc_ap] - 20 [gr]
[dr_ap] - 3 [sc_ap]
[oz_ap] - 8 [dr_ap]
[lb_ap] - 12 [oz_ap]
[oz_m] - 28 g
[cup_m] - 240 mL
[foz_m] - 30 mL
[tbs_m] - 15 mL
[tsp_m] - 5 mL
[degR] - 5 K/9
[Btu_th] - 1.054350 kJ
[Btu_IT] - 1.05505585262 kJ
cal_[15] * 4.18580 J
cal_[20] * 4.18190 J
cal_m * 4.19002 J
tex * 1 g/km
Ao - 0.1 nm
b - 100 fm2
st * 1 m3
ph * 0.0001 lx
Oe * 250 /[pi].A/m
Lmb * 1 cd/cm2/[pi]
[G] * 6.67430e-11 m3.kg-1.s-2
[HPF] - 1 1
[LPF] - 100 1
[NTU] - 1 1
[FNU] - 1 1
[beth'U] - 1 [beth'U]
[anti'Xa'U] - 1 [anti'Xa'U]
[IR] - 1 [IR]
[D'ag'U] - 1 [D'ag'U]
[FEU] - 1 [FEU]
[ch_us] - 4 [rd_us]
[lk_us] - 1 [ch_us]/100
[rch_us] - 100 [ft_us]
[rlk_us] - 1 [rch_us]/100
[fth_us] - 6 [ft_us]
[fur_us] - 40 [rd_us]
[mi_us] - 8 [fur_us]
[mil_us] - 0.001 [in_us]
[srd_us] - 1 [rd_us]2
[smi_us] - 1 [mi_us]2
[sct] - 1 [mi_us]2
[twp] - 36 [sct]
[syd_i] - 1 [yd_i]2
[cft_i] - 1 [ft_i]3
[cyd_i] - 1 [yd_i]3
[bf_i] - 144 [in_i]3
[cr_i] - 128 [ft_i]3
[crd_us] - 128 [ft_i]3
[cml_i] - 1 [pi]/4.[mil_i]2
[in_br] - 2.539998 cm
[ft_br] - 12 [in_br]
[yd_br] - 3 [ft_br]
[rd_br] - 16.5 [ft_br]
[ch_br] - 4 [rd_br]
[lk_br] - 1 [ch_br]/100
[fth_br] - 6 [ft_br]
[pc_br] - 2.5 [ft_br]
[mi_br] - 5280 [ft_br]
[nmi_br] - 6080 [ft_br]
[kn_br] - 1 [nmi_br]/h
[acr_br] - 4840 [yd_br]2
[gal_wi] - 1 [bu_us]/8
[pk_br] - 2 [gal_br]
[bu_br] - 4 [pk_br]
[fdr_br] - 1 [foz_br]/8
[min_br] - 1 [fdr_br]/60
[Btu_39] - 1.05967 kJ
[Btu_59] - 1.05480 kJ
[Btu_60] - 1.05468 kJ
[Btu_m] - 1.05587 kJ
[car_Au] - 1 1/24
Bi * 10 A
Gb * 1 Oe.cm
sb * 1 cd/cm2
[pca] - 12 [pnt]
[pnt_pr] - 0.013837 [in_i]
[pca_pr] - 12 [pnt_pr]
[pied] - 32.48 cm
[pouce] - 1 [pied]/12
[ligne] - 1 [pouce]/12
[didot] - 1 [ligne]/6
[cicero] - 12 [didot]
[smoot] - 67 [in_i]
[eps_0] * 8.854187817e-12 F/m
[mu_0] * 4 [pi].10*-7.N/A2
B[SPL] * 1 B[SPL]
[m/s2/Hz^0.5] - 1 [m/s2/Hz^0.5]
B[V] * 1 B[V]
B[mV] * 1 B[mV]
B[uV] * 1 B[uV]
B[10.nV] * 1 B[10.nV]
B[W] * 1 B[W]
B[kW] * 1 B[kW]
bit_s - 1 bit_s
[p'diop] - 1 [p'diop]
%[slope] - 1 %[slope]
[hp_X] - 1 [hp_X]
[hp_C] - 1 [hp_C]
[hp_M] - 1 [hp_M]
[hp_Q] - 1 [hp_Q]
"""
# Units with a zero of their own: (factor, what is added before the factor, to get kelvins).
_SHIFTED = {
    "Cel": (Fraction(1), Fraction("273.15")),
    "[degF]": (Fraction(5, 9), Fraction("459.67")),
    "[degRe]": (Fraction(5, 4), Fraction("218.52")),
}
_DEFINED: dict[str, tuple[bool, str, str]] = {
    symbol: (metric == "*", value, unit) for symbol, metric, value, unit in map(str.split, _TABLE.split("\n")[1:-1])
}
_EXPONENT = re.compile(r"(.*?[^0-9+\-])([+\-]?[0-9]+)")
_WHOLE = re.compile(r"[0-9]+")
_ANNOTATION = re.compile(r"\{[\x20-\x7a\x7c\x7e]*\}")

Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """value in base units = (value in this unit + shift) × factor; units of one dimension convert into each other."""

    factor: Fraction
    dimension: Dimension
    shift: Fraction = Fraction(0)

    def __mul__(self, other: "Unit") -> "Unit":
        return Unit(self.factor * other.factor, _product(self.dimension, other.dimension, 1))

    def __truediv__(self, other: "Unit") -> "Unit":
        return Unit(self.factor / other.factor, _product(self.dimension, other.dimension, -1))


ONE = Unit(Fraction(1), ())


@lru_cache(maxsize=4096)
def unit(code: str) -> Unit | None:
    """What a UCUM code is worth; None when it is no UCUM code or not in the table. Case matters: 'mg', 'mm[Hg]'."""
    if not code or len(code) > LONGEST:
        return None
    if code in _SHIFTED:
        factor, shift = _SHIFTED[code]
        return Unit(factor, (("K", 1),), shift)
    try:
        reader = _Reader(code)
        found = reader.term()
        return found if reader.at == len(code) else None
    except (ValueError, OverflowError):
        return None


class _Reader:
    """term: component ((. | /) component)*"""

    def __init__(self, code: str) -> None:
        self.code = code
        self.at = 0
        self.depth = 0

    def term(self) -> Unit:
        found = ONE
        divide = self._take("/")
        while True:
            part = self._component()
            found = found / part if divide else found * part
            if self._take("/"):
                divide = True
            elif self._take("."):
                divide = False
            else:
                return found

    def _component(self) -> Unit:
        if self._take("("):
            self.depth += 1
            if self.depth > 20:
                raise ValueError(self.code)
            inner = self.term()
            if not self._take(")"):
                raise ValueError(self.code)
            return inner
        symbol = self._symbol()
        annotation = _ANNOTATION.match(self.code, self.at)
        if annotation:
            self.at = annotation.end()
            if not symbol:
                return ONE
        if _WHOLE.fullmatch(symbol):
            if not int(symbol):
                raise ValueError(symbol)
            return Unit(Fraction(int(symbol)), ())
        if (simple := _simple(symbol)) is not None:
            return simple
        match = _EXPONENT.fullmatch(symbol)
        base = _simple(match[1]) if match else None
        if match is None or base is None:
            raise ValueError(symbol)
        return _power(base, int(match[2]))

    def _symbol(self) -> str:
        start, inside = self.at, False
        while self.at < len(self.code):
            char = self.code[self.at]
            if char == "[":
                inside = True
            elif char == "]":
                inside = False
            elif not inside and char in "./(){":
                break
            self.at += 1
        return self.code[start : self.at]

    def _take(self, sign: str) -> bool:
        if self.code[self.at : self.at + 1] == sign:
            self.at += 1
            return True
        return False


@lru_cache(maxsize=2048)
def _simple(symbol: str) -> Unit | None:
    """An atom, or a prefix and an atom that takes one."""
    if (atom := _atom(symbol)) is not None:
        return atom[0]
    for size in (2, 1):
        prefix, rest = symbol[:size], symbol[size:]
        if prefix in _PREFIXES or prefix in _BINARY_PREFIXES:
            atom = _atom(rest)
            if atom is not None and atom[1]:
                times = (
                    Fraction(10) ** _PREFIXES[prefix]
                    if prefix in _PREFIXES
                    else Fraction(2) ** _BINARY_PREFIXES[prefix]
                )
                return Unit(times * atom[0].factor, atom[0].dimension)
    return None


def _atom(symbol: str) -> tuple[Unit, bool] | None:
    if symbol in _BASES:
        return Unit(Fraction(1), ((symbol, 1),)), True
    row = _DEFINED.get(symbol)
    if row is None:
        return None
    metric, value, of = row
    if of == symbol:
        return Unit(Fraction(1), ((symbol, 1),)), metric
    base = ONE if of == "1" else _Reader(of).term()
    return Unit(Fraction(value) * base.factor, base.dimension), metric


def _power(base: Unit, exponent: int) -> Unit:
    if abs(exponent) > _MAX_EXPONENT:
        raise ValueError(exponent)
    return Unit(base.factor**exponent, tuple((name, times * exponent) for name, times in base.dimension if exponent))


def _product(left: Dimension, right: Dimension, sign: int) -> Dimension:
    found = dict(left)
    for name, times in right:
        found[name] = found.get(name, 0) + sign * times
    return tuple(sorted((name, times) for name, times in found.items() if times))
