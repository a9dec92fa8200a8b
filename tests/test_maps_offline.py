"""The folium figure inlines Leaflet and refuses anything that would be fetched."""

from __future__ import annotations

import folium
import pytest
from branca.element import CssLink, JavascriptLink

from maps import offline
from maps.offline import OfflineFigure, OfflineMap, UnknownAsset


def figure() -> OfflineFigure:
    made = OfflineFigure()
    OfflineMap("karta", location=[59.5, 13.3], zoom_start=14).add_to(made)
    return made


def test_parts_hold_leaflet_itself_and_no_address():
    parts = figure().parts()
    assert "Leaflet 1." in parts.scripts[0][:200]
    assert "url(data:image/png;base64," in parts.styles[0]
    assert not any("sourceMappingURL" in script for script in parts.scripts)
    assert 'id="karta_leaflet"' in parts.body
    assert figure().parts() == parts  # ids are fixed: the same input gives the same page


@pytest.mark.parametrize(
    "link",
    [
        JavascriptLink("https://cdn.example/plugin.js"),
        CssLink("https://cdn.example/bootstrap.min.css"),
        CssLink("https://cdn.example/leaflet.awesome-markers.css"),
    ],
)
def test_unknown_assets_are_refused(link):
    made = figure()
    made.header.add_child(link, name="other")
    with pytest.raises(UnknownAsset):
        made.parts()


def test_markup_that_would_fetch_is_refused():
    for markup in ('<img src="https://x.example/a.png">', "<img src=//x.example/a>", '<p style="background:url(//x.example)">'):
        made = figure()
        made.html.add_child(folium.Element(markup))
        with pytest.raises(UnknownAsset):
            made.parts()
    with pytest.raises(UnknownAsset):
        offline.asset("leaflet.markercluster.js")
