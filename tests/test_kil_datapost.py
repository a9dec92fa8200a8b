"""The record of open data, read by an RDF library that shares no code with the writer.

What it is held to is in SHAPES: DCAT-AP-SE 3.0 (docs.dataportal.se/dcat), mandatory and recommended properties and vocabularies.
"""

import datetime as dt
import json
import re

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD

from data.settings import Settings
from kil import datapost
from kil.parts import Context, Part
from kil.project import Project
from kil.run import Run

DAY = dt.date(2026, 3, 1)
BASE = "https://www.ljusasa.example/klimat/"
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
EU = "http://publications.europa.eu/resource/authority/"
THEME = EU + "data-theme/(AGRI|ECON|EDUC|ENER|ENVI|GOVE|HEAL|INTR|JUST|OP_DATPRO|REGI|SOCI|TECH|TRAN)"
LANGUAGE = EU + "language/(SWE|ENG)"
PUBLISHER = (
    "http://purl.org/adms/publishertype/(LocalAuthority|RegionalAuthority|NationalAuthority|NonProfitOrganisation|Company)"
)
LICENCE = r"https?://(creativecommons\.org/(publicdomain/(zero|mark)|licenses/by(-sa)?)/\d\.\d/|data\.europa\.eu/.+)"
MEDIA = r"[a-z]+/[\w.+-]+(; [\w=+.-]+)?"
IANA = "http://www.iana.org/assignments/media-types/" + r"[a-z]+/[\w.+-]+"
DAY_SHAPE = r"\d{4}-\d{2}-\d{2}"
WORDS, LINK, VALUE = "words", "link", "value"
MANY = 99
SHAPES = {
    DCAT.Catalog: (
        (DCTERMS.title, 1, MANY, WORDS, ".+"),
        (DCTERMS.description, 1, MANY, WORDS, ".{10,}"),
        (DCTERMS.publisher, 1, 1, LINK, FOAF.Agent),
        (DCTERMS.license, 1, 1, LINK, CC0),
        (DCAT.dataset, 1, MANY, LINK, DCAT.Dataset),
        (FOAF.homepage, 1, 1, LINK, "https://.+"),
        (DCTERMS.language, 1, MANY, LINK, LANGUAGE),
        (DCTERMS.issued, 1, 1, XSD.date, DAY_SHAPE),
        (DCTERMS.modified, 1, 1, XSD.date, DAY_SHAPE),
        (DCAT.themeTaxonomy, 1, 1, LINK, EU + "data-theme"),
    ),
    DCAT.Dataset: (
        (DCTERMS.title, 1, MANY, WORDS, ".+"),
        (DCTERMS.description, 1, MANY, WORDS, ".{10,}"),
        (DCTERMS.publisher, 1, 1, LINK, FOAF.Agent),
        (DCAT.contactPoint, 1, MANY, LINK, VCARD.Organization),
        (DCAT.distribution, 1, MANY, LINK, DCAT.Distribution),
        (DCAT.keyword, 1, MANY, WORDS, "[^,;]+"),
        (DCAT.theme, 1, MANY, LINK, THEME),
        (DCTERMS.accessRights, 1, 1, LINK, EU + "access-right/(PUBLIC|RESTRICTED|NON_PUBLIC)"),
        (DCTERMS.language, 1, MANY, LINK, LANGUAGE),
        (DCTERMS.spatial, 1, MANY, LINK, DCTERMS.Location),
        (DCTERMS.temporal, 0, MANY, LINK, DCTERMS.PeriodOfTime),
        (DCTERMS.issued, 1, 1, XSD.date, DAY_SHAPE),
        (DCTERMS.modified, 1, 1, XSD.date, DAY_SHAPE),
        (DCAT.landingPage, 0, MANY, LINK, "https://.+"),
        (DCTERMS.accrualPeriodicity, 0, 1, LINK, EU + "frequency/[A-Z_0-9]+"),
    ),
    DCAT.Distribution: (
        (DCAT.accessURL, 1, MANY, LINK, "https://.+"),
        (DCAT.downloadURL, 1, MANY, LINK, "https://.+"),
        (DCTERMS.title, 1, MANY, WORDS, ".+"),
        (DCTERMS.license, 1, 1, LINK, LICENCE),
        (DCTERMS.format, 1, 1, VALUE, MEDIA),
        (DCAT.mediaType, 1, 1, LINK, IANA),
        (DCAT.byteSize, 0, 1, XSD.nonNegativeInteger, r"\d+"),
        (DCTERMS.modified, 0, 1, XSD.date, DAY_SHAPE),
    ),
    FOAF.Agent: ((FOAF.name, 1, MANY, VALUE, ".+"), (DCTERMS.type, 1, 1, LINK, PUBLISHER)),
    VCARD.Organization: ((VCARD.fn, 1, 1, VALUE, ".+"), (VCARD.hasEmail, 1, MANY, LINK, "mailto:.+@.+")),
    DCTERMS.PeriodOfTime: ((DCAT.startDate, 0, 1, XSD.date, DAY_SHAPE), (DCAT.endDate, 0, 1, XSD.date, DAY_SHAPE)),
    DCTERMS.Location: ((DCAT.bbox, 0, 1, VALUE, "POLYGON.+"), (DCAT.centroid, 0, 1, VALUE, "POINT.+")),
}
"""Class: (property, fewest, most, kind of value, pattern or class). After the profile's own form templates (templates/ of the
specification's repository, 3.0) and its example with the recommended properties: those count as mandatory here."""


def broken(graph):
    """Return a line for every place where the graph does not follow SHAPES, or uses a property no shape has."""
    lines = []
    for kind, shapes in SHAPES.items():
        known = {RDF.type, *(shape[0] for shape in shapes)}
        for subject in graph.subjects(RDF.type, kind):
            lines += [f"{subject} {name}: not in the profile" for name in set(graph.predicates(subject)) - known]
            for name, fewest, most, of, wanted in shapes:
                values = list(graph.objects(subject, name))
                if not fewest <= len(values) <= most:
                    lines.append(f"{subject} {name}: {len(values)} values")
                lines += [f"{subject} {name}: {value!r}" for value in values if not _follows(graph, value, of, wanted)]
    return lines


def _follows(graph, value, of, wanted):
    if of == LINK and isinstance(wanted, URIRef):
        return (value, RDF.type, wanted) in graph
    right = {LINK: isinstance(value, URIRef), WORDS: getattr(value, "language", None) in ("sv", "en")}.get(
        of, isinstance(value, Literal)
    )
    right = right and (of in (LINK, WORDS, VALUE) or value.datatype == of)
    return right and re.fullmatch(wanted, str(value)) is not None


FILES = ("solceller.gpkg", "solar.json", "stralning.tif", "fleet.json", "emissions.json", "status.yaml", "index.html")


def context(folder, contact="klimat@ljusasa.example", **publishing):
    settings = Settings.model_validate(
        {
            "municipality": {
                "name": "Ljusåsa <kommun>",
                "example": True,
                "contact": contact,
                "site": {"latitude": 59.5, "longitude": 13.3},
            },
            "publishing": publishing,
        }
    )
    return Context(Run(today=DAY, quiet=True), Project(folder, settings, folder / "kil.toml"))


def part(name, **json):
    return Part(name, json, write=lambda *_: None)


PARTS = (
    part("solar", survey_dates=["2020-05-02", "2024-06-01"]),
    part("fleet", shares=[{"date": dt.date(2026, 1, 1)}, {"date": dt.date(2022, 12, 31)}]),
    part("emissions", inventory=[{"year": 2024}, {"year": 1990}, {"year": 2024}]),
    part("status", date=DAY),
)


@pytest.fixture
def folder(tmp_path):
    import geopandas as gpd
    from shapely import box

    for name in FILES[1:]:
        (tmp_path / name).write_text(json.dumps({}), encoding="utf-8")
    frame = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[box(404000, 6597000, 405000, 6598000)], crs=3006)
    frame.to_file(tmp_path / FILES[0], layer="byggnader")
    return tmp_path


def read(folder, base=""):
    graph = Graph()
    graph.parse(
        data=(folder / "dcat.rdf").read_text(encoding="utf-8"), format="xml", publicID=base or "https://any.example/x/dcat.rdf"
    )
    return graph


def test_every_mandatory_property_is_there_in_both_languages(folder):
    assert datapost.write(folder, context(folder, base_url=BASE, licence=CC0), PARTS) == []
    graph = read(folder)
    assert broken(graph) == []
    for kind in SHAPES:
        found = list(graph.subjects(RDF.type, kind))
        assert found, kind
        assert all(str(subject).startswith(BASE) for subject in found if isinstance(subject, URIRef))
    (catalog,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert graph.value(catalog, DCTERMS.license) == URIRef(CC0)
    for dataset in graph.objects(catalog, DCAT.dataset):
        for name in (DCTERMS.title, DCTERMS.description):
            assert {word.language for word in graph.objects(dataset, name)} == {"sv", "en"}
        assert all("EXEMPELDATA" in word for word in graph.objects(dataset, DCTERMS.description))
        place = graph.value(graph.value(dataset, DCAT.contactPoint), VCARD.hasEmail)
        assert place == URIRef("mailto:klimat@ljusasa.example")
        assert graph.value(dataset, DCTERMS.modified) == Literal(DAY)
    assert str(graph.value(graph.value(catalog, DCTERMS.publisher), FOAF.name)) == "Ljusåsa <kommun>"


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("access-right/PUBLIC", "access-right/OPEN"),
        ("data-theme/ENER", "data-theme/SUN"),
        ("language/SWE", "language/sv"),
        ("publishertype/LocalAuthority", "publishertype/Municipality"),
        ("application/json</dcterms:format>", "JSON</dcterms:format>"),
        ('<dcterms:issued rdf:datatype="http://www.w3.org/2001/XMLSchema#date">', "<dcterms:issued>"),
        ("dcterms:publisher", "dcterms:creator"),
        ("mailto:", "https://"),
    ],
)
def test_the_shapes_find_what_is_wrong(folder, written, instead):
    datapost.write(folder, context(folder, base_url=BASE, licence=CC0), PARTS)
    said = (folder / "dcat.rdf").read_text(encoding="utf-8")
    assert written in said
    (folder / "dcat.rdf").write_text(said.replace(written, instead), encoding="utf-8")
    assert broken(read(folder))


def test_distributions_are_the_files_that_exist_with_their_type_size_and_licence(folder):
    datapost.write(folder, context(folder, base_url=BASE.rstrip("/"), licence=CC0), PARTS)
    graph = read(folder)
    files = {str(graph.value(d, DCAT.downloadURL)): d for d in graph.subjects(RDF.type, DCAT.Distribution)}
    assert set(files) == {BASE + name for name in FILES if name != "index.html"}
    assert set(graph.objects(None, DCAT.distribution)) == set(files.values())
    raster = files[BASE + "stralning.tif"]
    assert str(graph.value(raster, DCTERMS.format)) == "image/tiff; application=geotiff"
    assert graph.value(raster, DCTERMS.license) == URIRef(CC0)
    assert int(graph.value(raster, DCAT.byteSize)) == (folder / "stralning.tif").stat().st_size


def test_place_and_period_are_those_of_the_data(folder):
    datapost.write(folder, context(folder, base_url=BASE, issued="2025-01-02"), PARTS)
    graph = read(folder)
    periods = {}
    for dataset in graph.subjects(RDF.type, DCAT.Dataset):
        when = graph.value(dataset, DCTERMS.temporal)
        periods[str(dataset).rpartition("#")[2]] = tuple(str(graph.value(when, name)) for name in (DCAT.startDate, DCAT.endDate))
        assert graph.value(dataset, DCTERMS.issued) == Literal("2025-01-02", datatype=XSD.date)
    assert periods["solceller"] == ("2020-05-02", "2024-06-01")
    assert periods["fordon"] == ("2022-12-31", "2026-01-01")
    assert periods["utslapp"] == ("1990-01-01", "2024-12-31")
    assert periods["status"] == ("2026-03-01", "2026-03-01")
    box = str(graph.value(graph.value(URIRef(BASE + "#solceller"), DCTERMS.spatial), DCAT.bbox))
    west, south = map(float, box.removeprefix("POLYGON((").split(",")[0].split())
    assert (west, south) == pytest.approx((13.305, 59.499), abs=0.01)  # Kil: SWEREF 99 TM 404000, 6597000
    assert graph.value(URIRef(BASE + "#status"), DCTERMS.spatial) is not None


def test_without_settings_addresses_are_relative_and_the_record_says_what_is_missing(folder):
    missing = datapost.write(folder, context(folder, contact=""), PARTS)
    assert len(missing) == 3
    said = (folder / "dcat.rdf").read_text(encoding="utf-8")
    assert all(line in said for line in missing)
    graph = read(folder, base="https://elsewhere.example/data/dcat.rdf")
    assert URIRef("https://elsewhere.example/data/solar.json") in set(graph.objects(None, DCAT.downloadURL))
    assert not list(graph.objects(None, DCAT.contactPoint))
    assert not any(graph.value(d, DCTERMS.license) for d in graph.subjects(RDF.type, DCAT.Distribution))
