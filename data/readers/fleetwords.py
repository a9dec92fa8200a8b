"""The words of fleet lists as codes: kinds of vehicle, ownership, status, fuels alone and in pairs. From fordon_synonymer.toml."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from data.readers.cells import fold

_CUT = re.compile(r"\s*(?:[/+,;&|()]|\boch\b|\band\b|\bsamt\b)\s*", re.IGNORECASE)
MAX_FUELS = 3
LIGHT_KG = 3500
"""Total weight up to which a lorry is light (lag 2001:559, 2 §; class N1)."""
MEDIUM_KG = 12_000
"""Total weight up to which a heavy lorry is N2, above it N3."""


@cache
def words() -> dict[str, Any]:
    """Return fordon_synonymer.toml."""
    return tomllib.loads((files("data") / "reference" / "fordon_synonymer.toml").read_text(encoding="utf-8"))


@cache
def codes(table: str) -> dict[str, str]:
    """Return folded word -> code of one table of the file; a code is a word for itself."""
    return {fold(word): code for code, spelled in words()[table].items() for word in (code, *spelled)}


@cache
def persons() -> frozenset[str]:
    """Return folded words of headings that name persons."""
    return frozenset(map(fold, words()["persons"]["words"]))


def names_person(heading: str) -> bool:
    """Return whether a heading tells of a person: one of its words, or the whole, is in the list."""
    parts = [fold(part) for part in re.split(r"[\s_/\-.]+", heading)]
    return any(
        part in persons() or any(part.startswith(word) for word in persons() if len(word) > 4) for part in (*parts, fold(heading))
    )


@dataclass(frozen=True)
class Fuels:
    """Fuels of one cell in the order said; whether it tells of charging from outside and of HVO100; words nobody knows."""

    codes: tuple[str, ...]
    plug_in: bool | None = None
    hvo100: bool | None = None
    unknown: tuple[str, ...] = ()


@cache
def fuels(typed: str) -> Fuels:
    """Return the fuels of a cell: a word, a pair (Diesel/El, Etanol/Bensin), or a hybrid.

    A hybrid whose other fuel is not said gets "unspecified". A lone HVO is a diesel vehicle run on it, so approved for it.
    """
    known, plug, hvo, unknown = [], None, None, []
    whole = fold(typed)
    for part in [typed] if _is_known(whole) else _CUT.split(typed):
        word = fold(part)
        if not word:
            continue
        hit = codes("fuel").get(word)
        mixed = codes("hybrid").get(word)
        approved = any(fold(sign) in word for sign in words()["hvo100"]["words"])
        if hit:
            known.append(hit)
        elif mixed:
            known.append("electric")
            plug = mixed == "plug_in"
        elif approved:
            hvo = True
            known += [code for code in (codes("fuel").get(fold(each)) for each in part.split()) if code]
        else:
            _loose(part, known, unknown)
            plug = _loose_plug(part) if _loose_plug(part) is not None else plug
    if "hvo" in known:
        hvo = True
    known = list(dict.fromkeys(known))
    if plug is not None and known == ["electric"]:
        known.append("unspecified")
    return Fuels(tuple(known[:MAX_FUELS]), plug, hvo, tuple(unknown))


def _is_known(word: str) -> bool:
    return word in codes("fuel") or word in codes("hybrid")


def _loose(part: str, known: list[str], unknown: list[str]) -> None:
    """Add the fuels of words that stand side by side without a sign between: "laddhybrid bensin", "el diesel"."""
    found = [codes("fuel").get(fold(word)) for word in part.split()]
    hybrid = [codes("hybrid").get(fold(word)) for word in part.split()]
    if any(found) or any(hybrid):
        known += [code or "electric" for code, mixed in zip(found, hybrid, strict=True) if code or mixed]
        unknown += [word for word, code, mixed in zip(part.split(), found, hybrid, strict=True) if not (code or mixed)]
    else:
        unknown.append(part)


def _loose_plug(part: str) -> bool | None:
    said = [codes("hybrid").get(fold(word)) for word in part.split()]
    return True if "plug_in" in said else False if "not_plug_in" in said else None


def guess(word: str, table: str) -> str | None:
    """Return the known word of a table closest to a mistyped one, as people write it; None if nothing is close."""
    shown = {fold(spelled): spelled for others in words()[table].values() for spelled in others}
    close = difflib.get_close_matches(fold(word), shown, n=1, cutoff=0.7)
    return shown[close[0]] if close else None


def vehicle_class(code: str | None, eu_class: str | None, weight_kg: float | None) -> str:
    """Return the class from its word, else from the EU class, else from the weight; a bare "lastbil" is cut at 3.5 tonnes."""
    by_eu: Mapping[str, str] = {
        "M1": "car", "M2": "bus", "M3": "bus", "N1": "light_lorry", "N2": "heavy_lorry", "N3": "heavy_lorry",
        "L": "other", "T": "machine", "O": "trailer",
    }  # fmt: skip
    if code == "lorry":
        if weight_kg is not None:
            return "light_lorry" if weight_kg <= LIGHT_KG else "heavy_lorry"
        return by_eu.get(eu_class or "", "unknown")
    if code == "emergency":
        return by_eu.get(eu_class or "", "heavy_lorry" if (weight_kg or 0) > LIGHT_KG else "unknown")
    return code or by_eu.get(eu_class or "", "unknown")


def eu_class(typed: str | None, code: str | None, weight_kg: float | None) -> str | None:
    """Return the EU class stated (M1 ... O), else what the class makes certain: a car is M1, a lorry N by its weight."""
    said = (typed or "").strip().upper()[:2]
    if said in ("M1", "M2", "M3", "N1", "N2", "N3"):
        return said
    if said[:1] in ("L", "T", "O") and (len(said) < 2 or said[1:].isdigit()):
        return said[:1]
    if code in ("car", "light_lorry"):
        return {"car": "M1", "light_lorry": "N1"}[code]
    if code in ("heavy_lorry", "lorry") and weight_kg is not None:
        return "N1" if weight_kg <= LIGHT_KG else "N2" if weight_kg <= MEDIUM_KG else "N3"
    return None
