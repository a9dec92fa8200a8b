"""What the plan writes for one audience: plan.html for both; the workbook, a sheet per facility and the tender annex for the internal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kil import planview
from maps import planpage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kil.parts import Audience, Context
    from kil.results import PlanResult, SolarResult
    from maps.page import Shell

SHEETS, ANNEX, BOOK = "underlag", "upphandling", "plan.xlsx"


@dataclass(frozen=True)
class PlanFiles:
    """The files of one run: json is the content of plan.json."""

    context: Context
    result: PlanResult
    json: Mapping[str, Any]
    solar: SolarResult

    def write(self, folder: Path, audience: Audience, shell: Shell) -> None:
        """Write everything of the plan that `audience` may see into `folder`. Money per facility is internal."""
        view = planview.view(self.context, self.result, self.json, solar=self.solar, audience=audience, shell=shell)
        (folder / "plan.html").write_text(planpage.page(view, shell), encoding="utf-8")
        if audience == "intern":
            self._intern(folder, shell)

    def _intern(self, folder: Path, shell: Shell) -> None:
        from kil import planbook, tender
        from maps import plansheet

        planbook.write(folder / BOOK, self.result, example=shell.example)
        for name in (SHEETS, ANNEX):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for row in planview.plant_table(self.result).itertuples():
            slug = planpage.slug(row.candidate_id)
            sheet = planview.sheet(self.context, self.result, row)
            (folder / SHEETS / f"{slug}.html").write_text(plansheet.page(sheet, shell), encoding="utf-8")
            if row.mount == "roof":
                tender.write(folder / ANNEX / slug, self.context, self.result, row, solar=self.solar)
