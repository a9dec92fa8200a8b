"""The shell every page shares: head, EXEMPELDATA stripe, skip links, foot with sources and method, and tables.

How a page is made (maps/fleetpage.py and its sisters do just this):

    shell = page.Shell("Exempelköping", date, example=True, audience="publik", pages=("index", "fordon"))
    body = page.html('<div class="wrap"><h1>{}</h1><p class="lead">{}</p>{}</div>', title, sentence,
                     page.table(caption, columns, rows))
    return page.document(shell, page="fordon", title=title, description=sentence, body=body,
                         sources=result.sources, method=[...], settings=[("Nära skugga", "500 m")], warnings=[...])

- `html(template, *values)` fills `{}` with escaped values; only Markup (what `html`, `table` and maps.charts return)
  passes as markup. Never build markup with f-strings from data.
- `table(caption, columns, rows)`: rows are sequences of cells. `Column(label, kind)`, kind "text" or "number". A cell
  is text, Markup, None (shown as the dash, sorted last) or `Cell(shown, value)` where `value` sorts. Sorting,
  aria-sort and paging by 50 are added by templates/base.js; without JavaScript the whole table stands there.
- `style.number / rounded / percent / date / power / energy` format numbers, `style.status_symbol` gives the verdict's
  symbol; put `style.status_word` beside it: `html('<span class="verdict">{}{}</span>',
  Markup(style.status_symbol(v)), word)`.
- maps.charts: `bars`, `lines`, `sparkline`, `stacked_bar` return Markup figures with a title, a sentence and a table;
  templates/charts.js (always loaded) gives each figure.chart its Diagram | Tabell | Ladda ner.
- `styles=` and `scripts=` add the page's own CSS and JavaScript (read them with `template`). Scripts share the name
  `kil` from templates/base.js: kil.number, kil.rounded, kil.fold (Swedish folding), kil.el, kil.svg, kil.say("key"),
  kil.announce.
- `data={"id": obj}` is written as JSON in a script block that no `</script>` in the data can close; kil.json("id")
  reads it.
- `texts=("maps.plan.js.",)`: every text whose key starts so reaches the script, less the prefix, for kil.say.
- classes ready to use: wrap, lead, key + unit, section, cards / card, notice, verdict, button, segment, note,
  visually-hidden.

A page is one file. Its Content-Security-Policy lists the hash of each script and allows no address at all, so nothing
can be loaded and no text that came from a file can run.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from data.sources import Source
from data.texts import catalogue, language, text
from maps import style

PAGES = ("index", "solcellskarta", "plan", "fordon", "utslapp", "status")
"""Ids of the pages in the order of the menu; the file is `<id>.html`."""

STACK_COLUMNS = 6
"""A table of so many columns does not fit a phone side by side."""
ISO_DAY = re.compile(r"(?<![\w.-])\d{4}-\d{2}-\d{2}(?![\w-])(?=[^<>]*(?:<|$))")
TEXT_NODE = re.compile(r">[^<]+<")
CARBON = re.compile(r"\bCO2(?=e?\b)")
UNIT_SPACE = re.compile(r"(?<=\d) (?=(?:MWh|GWh|kWh|MW|kWp|kW|ton|tonnes|mnkr|tkr|kr|km|procent|procentenheter|per cent)\b|%)")
PAGE_ROWS = 50
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%231a1f24'/%3E"
    "%3Cpath d='M3 12 8 4l5 8z' fill='%23f2a93b'/%3E%3C/svg%3E"
)


@dataclass(frozen=True)
class Shell:
    """What all pages of one build share."""

    municipality: str
    date: dt.date
    example: bool = False
    audience: Literal["publik", "intern"] = "publik"
    pages: tuple[str, ...] = ()
    """Ids of the pages this build writes: only these are linked."""
    contact: str = ""
    """Address for "Fel i kartan?": a mail address or plain text."""
    command: str = ""
    """The command line that makes the page again; default `kil build --date <date>`."""
    embedded: bool = False
    """For a frame of another site: no head and foot of its own, and the frame is told how tall the page is."""


@dataclass(frozen=True)
class Column:
    """A column of `table`: heading, "text" or "number", and whether its cells head their rows."""

    label: str
    kind: Literal["text", "number"] = "text"
    heads_row: bool = False
    sort: Literal["none", "ascending", "descending"] = "none"


@dataclass(frozen=True)
class Cell:
    """A cell whose shown text differs from the value it sorts by."""

    shown: str | Markup
    value: float | None = None


def html(template_text: str, /, *values: object, **named: object) -> Markup:
    """Return the template with every {} filled by escaped values; Markup values pass unchanged."""
    return Markup(template_text).format(*values, **named)


def join(parts: Iterable[object], separator: str = "") -> Markup:
    """Return the parts after each other; plain text is escaped."""
    return Markup(separator).join(parts)


@cache
def template(name: str) -> str:
    """Return the text of a file in maps/templates (package data), line ends normalised."""
    source = (files("maps") / "templates" / name).read_text(encoding="utf-8")
    return source.replace("\r\n", "\n")


@cache
def _environment() -> Environment:
    environment = Environment(autoescape=True, loader=FunctionLoader(template), undefined=StrictUndefined, trim_blocks=False)
    environment.globals["t"] = text
    return environment


def render(name: str, **values: object) -> Markup:
    """Return templates/<name> filled with values, everything escaped that is not Markup; `t(key)` gives a text."""
    return Markup(_environment().get_template(name).render(**values))


def json_block(id_: str, value: object) -> Markup:
    """Return a script block of JSON that no text inside can close or open (<, >, & and line separators escaped)."""
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        encoded = encoded.replace(sign, f"\\u{ord(sign):04x}")
    return html('<script type="application/json" id="{}">{}</script>', id_, Markup(encoded))


def script_texts(*prefixes: str) -> dict[str, str]:
    """Return every text whose key starts with one of the prefixes, keyed by what follows it, for `kil.say`."""
    return {
        key[len(prefix) :]: words[language()]
        for prefix in prefixes
        for key, words in catalogue().items()
        if key.startswith(prefix)
    }


def document(  # noqa: PLR0913 - the parts of a page, all named
    shell: Shell,
    *,
    page: str,
    title: str,
    description: str,
    body: Markup,
    layout: Literal["text", "app"] = "text",
    skips: Sequence[tuple[str, str]] = (),
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
    raw_blocks: Sequence[Markup] = (),
    texts: Sequence[str] = (),
    sources: Sequence[Source] = (),
    method: Sequence[str | Markup] = (),
    settings: Sequence[tuple[str, str]] = (),
    warnings: Sequence[str] = (),
    images: Sequence[str] = (),
) -> str:
    """Return a whole page as one HTML document in the language in force.

    page: id from PAGES. skips: (element id, label) of skip links after "to the content". raw_blocks: further data
    blocks, for instance a compressed layer. All other texts are escaped; `body` and `raw_blocks` must be Markup. images: hosts
    that pictures may come from (https://host); none unless the page's maker asked for an online base map.
    """
    words = script_texts("maps.js.", *texts)
    code = [template("base.js"), template("charts.js"), *scripts, *((template("embed.js"),) if shell.embedded else ())]
    blocks = [json_block("texts", words), *(json_block(id_, value) for id_, value in (data or {}).items()), *raw_blocks]
    return str(
        render(
            "document.html",
            shell=shell,
            page=page,
            layout=layout,
            title=title,
            description=description,
            lang=language(),
            date=style.date(shell.date),
            policy=_policy(code, images),
            icon=Markup(ICON),
            css=Markup(style.css_tokens() + template("base.css") + "\n".join(styles)),
            nav=_menu(shell, page),
            has_index="index" in shell.pages and page != "index",
            skips=[("innehall", text("maps.shell.skip")), *skips],
            body=together(body),
            method=method,
            warnings=warnings,
            settings=settings,
            sources=sources_table(sources, shell.date) if sources else "",
            contact=_contact(shell.contact),
            blocks=join([*blocks, *(Markup(f"<script>{_closed(source)}</script>") for source in code)], "\n"),
        )
    )


def together(body: Markup) -> Markup:
    """Return the page's text with a no-break space between a number and its unit and CO₂ as it is written; markup stays as it is."""
    return Markup(TEXT_NODE.sub(lambda node: CARBON.sub("CO₂", UNIT_SPACE.sub(style.NBSP, node[0])), str(body)))


def _closed(source: str) -> str:
    if re.search(r"</script|<!--", source, re.IGNORECASE):
        raise ValueError("a script holds </script or <!--: put data in `data`")
    return source


def _policy(scripts: Sequence[str], images: Sequence[str]) -> str:
    for host in images:
        if not re.fullmatch(r"https://[\w.*-]+", host):
            raise ValueError(f"not a host: {host}")
    hashes = (base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() for source in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src {' '.join(('data:', 'blob:', *images))}; "
        "base-uri 'none'; form-action 'none'"
    )


def _menu(shell: Shell, current: str) -> list[tuple[str, str, bool]]:
    return [(f"{id_}.html", text(f"maps.page.{id_}"), id_ == current) for id_ in PAGES if id_ in shell.pages]


def _contact(address: str) -> Markup:
    if not address:
        return escape(text("maps.foot.no_contact"))
    if re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", address):
        return html('<a href="mailto:{0}">{0}</a>', address)
    return escape(address)


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    id_: str = "",
    sortable: bool = True,
    caption_hidden: bool = False,
    stack: bool | None = None,
) -> Markup:
    """Return an accessible table: caption, column headings, sorting and paging where JavaScript runs.

    stack: on a phone each row becomes a list of heading and value (default: tables of STACK_COLUMNS and more).
    """
    stacked = len(columns) >= STACK_COLUMNS if stack is None else stack
    attributes = html(' id="{}"', id_) if id_ else Markup()
    if sortable:
        attributes += html(' data-sortable data-page="{}"', PAGE_ROWS)
    return html(
        '<div class="table-scroll" role="region" aria-label="{0}" tabindex="0"><table class="data{5}"{1}>'
        "<caption{2}>{0}</caption>"
        "<thead><tr>{3}</tr></thead><tbody>{4}</tbody></table></div>",
        caption,
        attributes,
        Markup(' class="visually-hidden"') if caption_hidden else "",
        join(_heading(column) for column in columns),
        join(
            html("<tr>{}</tr>\n", join(_cell(*each, named=stacked) for each in zip(columns, row, strict=False))) for row in rows
        ),
        " stack" if stacked else "",
    )


def _heading(column: Column) -> Markup:
    sort = html(' aria-sort="{}"', column.sort) if column.sort != "none" else Markup()
    return html('<th scope="col"{}{}>{}</th>', _class(column), sort, column.label)


def _class(column: Column) -> Markup:
    return Markup(' class="num"') if column.kind == "number" else Markup()


def _cell(column: Column, content: Any, *, named: bool = False) -> Markup:
    tag = Markup('th scope="row"') if column.heads_row else Markup("td")
    end = Markup("th") if column.heads_row else Markup("td")
    cell = content if isinstance(content, Cell) else _as_cell(column, content)
    value = Markup()
    if column.kind == "number" or cell.value is not None:
        value = html(' data-v="{}"', "" if cell.value is None or not math.isfinite(cell.value) else float(cell.value))
    if named and not column.heads_row:
        value += html(' data-h="{}"', column.label)
    shown = cell.shown if cell.shown not in (None, "") else style.MISSING
    return html("<{}{}{}>{}</{}>", tag, _class(column), value, _whole_dates(escape(shown)), end)


def _whole_dates(shown: Markup) -> Markup:
    """Return the text with days like 2026-03-05 kept on one line."""
    return Markup(ISO_DAY.sub(r'<span class="nowrap">\g<0></span>', str(shown)))  # a template expands by the text's own join


def _as_cell(column: Column, content: Any) -> Cell:
    if column.kind == "number" and not isinstance(content, str):
        return Cell(style.number(content), content)
    return Cell(content)


def sources_table(sources: Sequence[Source], today: dt.date) -> Markup:
    """Return the table of sources: what, who, licence, version and age, file and the start of its checksum."""
    columns = [Column(text(f"maps.source.{key}")) for key in ("title", "publisher", "licence", "version", "age", "file")]
    return table(
        text("maps.foot.sources"),
        columns,
        [_source_row(source, today) for source in sources],
        sortable=False,
        caption_hidden=True,
    )


def _source_row(source: Source, today: dt.date) -> list[str | Markup]:
    safe = source.url.startswith(("https://", "http://"))
    title = html('<a href="{}" rel="noreferrer">{}</a>', source.url, source.title) if safe else source.title
    checksum = html(' <span class="note" title="SHA-256 {}">{}…</span>', source.sha256, source.sha256[:8])
    named = html("{}{}", source.file, checksum if source.sha256 else "") if source.file else ""
    return [title, source.publisher, source.licence, source.version, age(source.retrieved, today), named]


def age(day: dt.date | None, today: dt.date) -> str:
    """Return how old something of `day` is on `today`, with the day."""
    if day is None:
        return ""
    days = (today - day).days
    if days < 0:
        return day.isoformat()
    years = days / 365.25
    words = text("maps.age.days", n=days) if days < 60 else text("maps.age.months", n=round(days / 30.44))
    if years >= 2:
        words = text("maps.age.years", n=int(years))
    return f"{day.isoformat()} ({words})"
