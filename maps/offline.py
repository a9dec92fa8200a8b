"""A folium map whose assets are written into the page: a branca Figure that knows Leaflet and jQuery and refuses the rest.

    figure = OfflineFigure()
    OfflineMap(location=[59.5, 13.3]).add_to(figure)
    parts = figure.parts()      # Parts(styles, scripts, body): ready for maps.page.document

Leaflet and jQuery come from the PyPI packages XStatic-Leaflet and XStatic-jQuery, byte for byte. Any other address, in a
link or in markup a folium element writes, raises UnknownAsset: nothing a page needs may come from the network.
Reference: folium 0.20, branca 0.8 (both pinned).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.template import Template

LEAFLET_JS = "leaflet.js"
LEAFLET_CSS = "leaflet.css"
JQUERY_JS = "jquery.js"
_FILES = {
    LEAFLET_JS: ("xstatic.pkg.leaflet", "leaflet.js"),
    LEAFLET_CSS: ("xstatic.pkg.leaflet", "leaflet.css"),
    JQUERY_JS: ("xstatic.pkg.jquery", "jquery.min.js"),
}
_KNOWN = (
    (re.compile(r"(^|/)leaflet(@[\d.]+/dist/leaflet)?\.js$"), LEAFLET_JS),
    (re.compile(r"(^|/)leaflet(@[\d.]+/dist/leaflet)?\.css$"), LEAFLET_CSS),
    (re.compile(r"(^|/)jquery(-[\d.]+)?(\.min)?\.js$"), JQUERY_JS),
)
_OUTSIDE = re.compile(r"""(?:src|href|action)\s*=\s*["']?\s*(?:[a-z]+:)?//|url\(\s*["']?\s*(?:[a-z]+:)?//""", re.I)


class UnknownAsset(Exception):
    """A folium element wants something that cannot be written into the page."""


@dataclass(frozen=True)
class Parts:
    """What a figure needs in a page."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    body: str


class OfflineMap(folium.Map):
    """A folium map that asks for Leaflet alone and leaves viewport and page style to the shell (zoom stays allowed)."""

    default_js = [("leaflet", LEAFLET_JS)]  # noqa: RUF012 - folium's own class attributes are lists
    default_css = [("leaflet_css", LEAFLET_CSS)]  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id={{ this.get_name()|tojson }}></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }}, crs: L.CRS.{{ this.crs }}, ...{{ this.options|tojavascript }}
        });
        {{ this.get_name() }}.attributionControl.setPrefix(false);
        {%- if this.control_scale %}
        L.control.scale({imperial: false, maxWidth: 120}).addTo({{ this.get_name() }});
        {%- endif %}
        {% endmacro %}
        """
    )

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(tiles=None, prefer_canvas=True, control_scale=True, **options)
        # A fixed id instead of a random one: the same input gives the same page, byte for byte.
        self._name, self._id = name, "leaflet"


class OfflineFigure(Figure):
    """A branca Figure that hands out its parts with every asset inlined."""

    def parts(self) -> Parts:
        """Return styles, scripts and body; raise UnknownAsset for anything that is not Leaflet or jQuery."""
        for child in self._children.values():
            child.render()
        styles, scripts = [], []
        for name, element in self.header._children.items():
            if name == "meta_http":
                continue
            if isinstance(element, JavascriptLink):
                scripts.append(asset(element.url))
            elif isinstance(element, CssLink):
                styles.append(asset(element.url))
            else:
                raise UnknownAsset(f"{name}: {element.render()[:200]}")
        body, script = (_rendered(part) for part in (self.html, self.script))
        return Parts(tuple(styles), (*scripts, script), body)


def _rendered(part: Element) -> str:
    markup = part.render()
    if found := _OUTSIDE.search(markup):
        raise UnknownAsset(markup[found.start() : found.start() + 120])
    return markup


def asset(url: str) -> str:
    """Return the text of a known asset, images in its style sheet as data URIs; raise UnknownAsset for another."""
    for pattern, name in _KNOWN:
        if pattern.search(url):
            return _text(name)
    raise UnknownAsset(url)


@cache
def _text(name: str) -> str:
    package, file = _FILES[name]
    folder = Path(import_module(package).BASE_DIR)
    content = (folder / file).read_text(encoding="utf-8").replace("\r\n", "\n")
    content = re.sub(r"\n?//# sourceMappingURL=\S*", "", content)
    if not file.endswith(".css"):
        return content
    return re.sub(r"url\(([^)]+)\)", lambda match: _embedded(folder, match[1]), content)


def _embedded(folder: Path, address: str) -> str:
    address = address.strip("\"'")
    if address.startswith(("#", "data:")):  # Internet Explorer's VML behaviour, never fetched
        return f"url({address})"
    if not re.fullmatch(r"[\w/.-]+", address) or ".." in address:
        raise UnknownAsset(address)
    image = base64.b64encode((folder / address).read_bytes()).decode()
    return f"url(data:{guess_type(address)[0]};base64,{image})"
