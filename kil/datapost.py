"""dcat.rdf: the record of the open data in publik/ that a data portal harvests, after DCAT-AP-SE 3.0 (RDF/XML).

The shapes of that profile stand in tests/test_kil_datapost.py: properties, how many, of which kind, from which vocabulary.
Mandatory: catalog title, description, publisher and licence (CC0 for the metadata); dataset title, description and publisher;
distribution accessURL; name and address of a contact point. Formats are media types (dcterms:format), periods dcat:startDate and
dcat:endDate. Source: https://docs.dataportal.se/dcat/docs/recommendations/ and its examples, read 2026-11.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from data.texts import LANGUAGES, language, text, use_language

if TYPE_CHECKING:
    from kil.parts import Context, Part

FILE = "dcat.rdf"
NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dcterms": "http://purl.org/dc/terms/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}
XSD_DATE = "http://www.w3.org/2001/XMLSchema#date"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
"""The profile's only licence for a catalog, that is for the record itself; the data has its own ([publishing] licence)."""
EU = "http://publications.europa.eu/resource/authority/"
LOCAL_AUTHORITY = "http://purl.org/adms/publishertype/LocalAuthority"
MEDIA = "http://www.iana.org/assignments/media-types/"
LANGUAGE = {"sv": EU + "language/SWE", "en": EU + "language/ENG"}
YEAR = len("2026")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


@cache
def datasets() -> dict[str, Any]:
    """Return [datasets] and [formats] of datapost.toml: which public files make a dataset, its theme and keywords."""
    return tomllib.loads((files("data") / "reference" / "datapost.toml").read_text(encoding="utf-8"))


def write(folder: Path, context: Context, parts: Iterable[Part]) -> list[str]:
    """Write dcat.rdf about the files in `folder`; return one line for everything the record lacks."""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    record = _Record(context)
    root = ET.Element(_name("rdf:RDF"))
    found = list(_found(folder))
    root.append(record.catalog([id_ for id_, _, _ in found]))
    root.append(record.publisher())
    if record.mail:
        root.append(record.contact())
    public = {part.name: part.json for part in parts}
    for id_, about, names in found:
        box = _box(folder) if about.get("map") else ""
        root.append(record.dataset(id_, about, names, box=box, period=_period(public, about)))
        root.extend(record.distribution(folder / name) for name in names)
    ET.indent(root, " ")
    missing = record.missing()
    remark = "".join(f"<!-- {line.replace('--', '- -')} -->\n" for line in missing)
    body = ET.tostring(root, encoding="unicode")
    (folder / FILE).write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{remark}{body}\n', encoding="utf-8")
    return missing


def _found(folder: Path) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    for id_, about in datasets()["datasets"].items():
        names = [name for name in about["files"] if (folder / name).exists()]
        if names:
            yield id_, about, names


class _Record:
    """The parts of one record; addresses start with base_url, or are relative to dcat.rdf without it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._about = context.settings.publishing
        self._who = context.settings.municipality
        base = self._about.base_url
        self._base = base if not base or base.endswith("/") else base + "/"
        self.mail = self._who.contact if MAIL.fullmatch(self._who.contact) else ""

    def missing(self) -> list[str]:
        """Return one line for everything a data portal asks for that the settings do not say."""
        lacks = {"base_url": not self._base, "licence": not self._about.licence, "contact": not self.mail}
        return [text(f"datapost.missing.{name}") for name, is_missing in lacks.items() if is_missing]

    def catalog(self, ids: list[str]) -> ET.Element:
        """Return the dcat:Catalog."""
        node = _node("dcat:Catalog", self._base + "#katalog")
        _words(node, "dcterms:title", "datapost.catalog.title", name=self._who.name)
        _words(node, "dcterms:description", "datapost.catalog.description", name=self._who.name, mark=self._mark())
        _link(node, "dcterms:publisher", self._publisher())
        _link(node, "dcterms:license", CC0)
        _link(node, "foaf:homepage", self._base + "index.html")
        for code in LANGUAGES:
            _link(node, "dcterms:language", LANGUAGE[code])
        _link(node, "dcat:themeTaxonomy", EU + "data-theme")
        self._dated(node)
        for id_ in ids:
            _link(node, "dcat:dataset", self._dataset(id_))
        return node

    def publisher(self) -> ET.Element:
        """Return the foaf:Agent."""
        node = _node("foaf:Agent", self._publisher())
        _value(node, "foaf:name", self._who.name)
        _link(node, "dcterms:type", LOCAL_AUTHORITY)
        return node

    def contact(self) -> ET.Element:
        """Return the contact point."""
        node = _node("vcard:Organization", self._base + "#kontakt")
        _value(node, "vcard:fn", self._who.name)
        _link(node, "vcard:hasEmail", f"mailto:{self.mail}")
        return node

    def dataset(self, id_: str, about: Mapping[str, Any], names: list[str], *, box: str, period: list[str]) -> ET.Element:
        """Return a dcat:Dataset. box: WKT, or empty; period: first and last ISO day, or empty."""
        node = _node("dcat:Dataset", self._dataset(id_))
        _words(node, "dcterms:title", f"datapost.{id_}.title")
        _words(node, "dcterms:description", f"datapost.{id_}.description", name=self._who.name, mark=self._mark())
        _link(node, "dcterms:publisher", self._publisher())
        if self.mail:
            _link(node, "dcat:contactPoint", self._base + "#kontakt")
        _link(node, "dcterms:accessRights", EU + "access-right/PUBLIC")
        for theme in about["themes"]:
            _link(node, "dcat:theme", f"{EU}data-theme/{theme}")
        for code in LANGUAGES:
            for word in about["keywords"][code]:
                _value(node, "dcat:keyword", word, lang=code)
        _link(node, "dcat:landingPage", f"{self._base}{about['page']}.html")
        _link(node, "dcterms:language", LANGUAGE[language()])
        self._dated(node)
        self._placed(node, box)
        if period:
            when = ET.SubElement(ET.SubElement(node, _name("dcterms:temporal")), _name("dcterms:PeriodOfTime"))
            _value(when, "dcat:startDate", period[0], kind=XSD_DATE)
            _value(when, "dcat:endDate", period[-1], kind=XSD_DATE)
        for name in names:
            _link(node, "dcat:distribution", f"{self._base}#{name}")
        return node

    def distribution(self, path: Path) -> ET.Element:
        """Return a dcat:Distribution: one public file."""
        media = datasets()["formats"][path.suffix]
        node = _node("dcat:Distribution", f"{self._base}#{path.name}")
        _words(node, "dcterms:title", "datapost.file", name=path.name)
        _link(node, "dcat:accessURL", self._base + path.name)
        _link(node, "dcat:downloadURL", self._base + path.name)
        _value(node, "dcterms:format", media)
        _link(node, "dcat:mediaType", MEDIA + media.partition(";")[0])
        _value(node, "dcat:byteSize", str(path.stat().st_size), kind="http://www.w3.org/2001/XMLSchema#nonNegativeInteger")
        _value(node, "dcterms:modified", self._context.run.today.isoformat(), kind=XSD_DATE)
        if self._about.licence:
            _link(node, "dcterms:license", self._about.licence)
        return node

    def _publisher(self) -> str:
        return self._about.publisher_url or self._base + "#utgivare"

    def _dataset(self, id_: str) -> str:
        return f"{self._base}#{id_}"

    def _mark(self) -> str:
        return "EXEMPELDATA. " if self._who.example else ""

    def _dated(self, node: ET.Element) -> None:
        today = self._context.run.today
        _value(node, "dcterms:issued", (self._about.issued or today).isoformat(), kind=XSD_DATE)
        _value(node, "dcterms:modified", today.isoformat(), kind=XSD_DATE)

    def _placed(self, node: ET.Element, box: str) -> None:
        place = ET.SubElement(ET.SubElement(node, _name("dcterms:spatial")), _name("dcterms:Location"))
        if box:
            _value(place, "dcat:bbox", box, kind=WKT)
        site = self._who.site
        _value(place, "dcat:centroid", f"POINT({site.longitude} {site.latitude})", kind=WKT)


def _box(folder: Path) -> str:
    """Return the extent of the public roofs and facilities as WKT in WGS 84 degrees; empty without any."""
    import pyogrio
    from pyproj import Transformer

    path = folder / "solceller.gpkg"
    if not path.exists():
        return ""
    info = pyogrio.read_info(path, layer="byggnader", force_total_bounds=True)
    if not info["features"] or info["crs"] is None:
        return ""
    west, south, east, north = Transformer.from_crs(info["crs"], 4326, always_xy=True).transform_bounds(*info["total_bounds"])
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return "POLYGON((" + ", ".join(f"{x:.5f} {y:.5f}" for x, y in corners) + "))"


def _period(parts: Mapping[str, Mapping[str, Any]], about: Mapping[str, Any]) -> list[str]:
    """Return the sorted ISO days the dataset speaks of: `period` names the part, its key, and the key of each row."""
    part, key, *inner = about["period"]
    rows = parts.get(part, {}).get(key) or ()
    values = sorted({str(row[inner[0]]) for row in rows} if inner else {str(row) for row in ([rows] if _is_day(rows) else rows)})
    if not values:
        return []
    first, last = values[0], values[-1]
    return [f"{first}-01-01" if len(first) == YEAR else first[:10], f"{last}-12-31" if len(last) == YEAR else last[:10]]


def _is_day(value: Any) -> bool:
    return isinstance(value, (str, dt.date))


def _name(short: str) -> str:
    prefix, _, name = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{name}"


def _node(kind: str, address: str) -> ET.Element:
    return ET.Element(_name(kind), {_name("rdf:about"): address})


def _link(node: ET.Element, name: str, address: str) -> None:
    ET.SubElement(node, _name(name), {_name("rdf:resource"): address})


def _value(node: ET.Element, name: str, value: str, *, kind: str = "", lang: str = "") -> None:
    attributes = {_name("rdf:datatype"): kind} if kind else {}
    if lang:
        attributes["{http://www.w3.org/XML/1998/namespace}lang"] = lang
    ET.SubElement(node, _name(name), attributes).text = value


def _words(node: ET.Element, property_: str, key: str, **values: str) -> None:
    for code in LANGUAGES:
        with use_language(code):
            _value(node, property_, text(key, **values), lang=code)
