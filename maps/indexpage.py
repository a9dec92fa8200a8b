"""The first page: what this is in one sentence, and a card a page with its key number and its finding.

page(shell, [Card("solcellskarta", "Kommunens tak rymmer 4,1 MW solceller.", "4,1", "MW"), ...])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from data.texts import text
from maps import style
from maps.page import PAGES, Shell, document, html, join, template

WIDE = "status"
"""The page whose card comes first and takes the whole row: it holds all goals."""
_ICONS = {
    "solcellskarta": '<path d="M4 26 16 12l12 14z" class="warm"/><path d="M4 26v10h24V26" class="line"/>'
    '<circle cx="33" cy="10" r="5" class="sun"/><path d="M12 21h8M9 25h14" class="pale"/>',
    "plan": '<path d="M4 34h32" class="line"/><path d="M7 34V24h6v10zM17 34V17h6v17zM27 34V9h6v25z" class="warm"/>'
    '<path d="M3 7h34" class="goal"/>',
    "fordon": '<path d="M5 27v-6l4-8h16l5 8h5v6" class="line"/><path d="M5 27h30v-6H5z" class="cold"/>'
    '<circle cx="12" cy="29" r="4" class="wheel"/><circle cx="29" cy="29" r="4" class="wheel"/>',
    "utslapp": '<path d="M4 34h32" class="line"/><path d="M4 8c10 1 16 12 32 22" class="goal"/>'
    '<path d="M4 8c8-1 12 8 20 10" class="actual"/>',
    "status": '<path d="M6 8h6v6H6zM6 18h6v6H6zM6 28h6v6H6z" class="cold"/><path d="M17 11h18M17 21h18M17 31h12" class="line"/>',
}


@dataclass(frozen=True)
class Card:
    """A page on the index: its id (maps.page.PAGES), its finding as a sentence, its key number and unit as shown.

    status: a verdict (maps.style.STATUS), where the page is about one goal.
    """

    page: str
    headline: str
    figure: str = ""
    unit: str = ""
    status: str = ""


def page(shell: Shell, cards: Sequence[Card]) -> str:
    """Return index.html in the language in force. Cards come in the menu's order, all goals first."""
    order = [WIDE, *(name for name in PAGES if name != WIDE)]
    sorted_cards = sorted((card for card in cards if card.page in order), key=lambda card: order.index(card.page))
    title = text("maps.index.title", name=shell.municipality)
    lead = text("maps.index.lead")
    body = html(
        '<div class="wrap index"><h1>{}</h1><p class="lead">{}</p><ul class="index-cards">{}</ul>{}</div>',
        title,
        lead,
        join(map(_card, sorted_cards)),
        _how(shell),
    )
    return document(
        shell,
        page="index",
        title=title,
        description=lead,
        body=body,
        styles=(template("index.css"),),
        method=[text("maps.index.method")],
    )


def _card(card: Card) -> Markup:
    return html(
        '<li{}><a class="card" href="{}.html"><span class="index-top">{}<b>{}</b></span>{}<span class="index-finding">{}</span>'
        '{}<span class="index-open">{} <span aria-hidden="true">→</span></span></a></li>',
        Markup(' class="index-wide"') if card.page == WIDE else "",
        card.page,
        _icon(card.page),
        text(f"maps.page.{card.page}"),
        _figure(card),
        card.headline or text(f"maps.index.about.{card.page}"),
        _verdict(card.status) if card.status else "",
        text(f"maps.index.open.{card.page}"),
    )


def _figure(card: Card) -> Markup:
    if not card.figure:
        return Markup()
    unit = html(' <span class="unit">{}</span>', card.unit) if card.unit else Markup()
    return html('<span class="key">{}{}</span>', card.figure, unit)


def _verdict(status: str) -> Markup:
    return html('<span class="verdict">{}{}</span>', Markup(style.status_symbol(status)), style.status_word(status))


def _icon(name: str) -> Markup:
    drawing = Markup(_ICONS.get(name, ""))
    return html('<svg class="index-icon" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">{}</svg>', drawing)


def _how(shell: Shell) -> Markup:
    return html(
        '<section class="section index-how"><h2>{}</h2><ul>{}</ul></section>', text("maps.index.how"), join(_lines(shell))
    )


def _lines(shell: Shell) -> Iterator[Markup]:
    for key in ("numbers", "missing", "sources"):
        yield html("<li>{}</li>", text(f"maps.index.{key}"))
    if shell.example:
        yield html("<li><b>EXEMPELDATA</b> {}</li>", text("maps.index.example"))
