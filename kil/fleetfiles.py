"""What the fleet module writes for one audience: fordon.html, fordon.xlsx, upphandling.csv, fleet.json, and the ledger to edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.texts import text
from kil import excel, fleetbook, fleetpublic
from kil.project import example_folder
from kil.run import to_json
from kil.staging import staged

if TYPE_CHECKING:
    from kil.parts import Audience, Context
    from kil.results import FleetResult
    from maps.fleetview import View
    from maps.page import Shell

LEDGER, PROCURED = "ersattningar.xlsx", "upphandling.csv"


@dataclass(frozen=True)
class FleetFiles:
    """The files of one run: json is the content of fleet.json."""

    context: Context
    result: FleetResult
    json: Mapping[str, Any]

    def write(self, folder: Path, audience: Audience, shell: Shell) -> None:
        """Write everything of the fleet that `audience` may see into `folder`."""
        from maps import fleetpage

        view = self.view(audience)
        mark = "EXEMPELDATA. " if self.context.settings.municipality.example else ""
        excel.write(folder / "fordon.xlsx", fleetbook.sheets(view, mark))
        (folder / PROCURED).write_text(fleetbook.procurement_csv(view), encoding="utf-8", newline="")
        if audience == "publik":
            public = fleetpublic.public_json(self.json, self.result.fleet.vehicles)
            (folder / "fleet.json").write_text(to_json(public), encoding="utf-8")
        else:
            self._ledger(folder)
        (folder / "fordon.html").write_text(fleetpage.page(view, shell), encoding="utf-8")

    def view(self, audience: Audience) -> View:
        """Return the finished tables of the page and the workbook, as the audience may see them."""
        from maps.fleetview import View

        fleet, context = self.result.fleet, self.context
        warnings = (*fleet.warnings, *((text("fleet.warning.faults", n=len(self.result.faults)),) if self.result.faults else ()))
        view = View(
            municipality=context.settings.municipality.name,
            date=context.run.today,
            settings=context.settings.fleet,
            definitions=fleet.definitions,
            breaks=tuple((b.day, b.before, b.after) for b in fleet.breaks),
            shares=fleet.shares,
            readings=fleet.readings,
            judged=fleet.judged,
            planned=fleet.planned,
            outlook=tuple(vars(each) for each in fleet.outlook),
            procured=fleet.procured,
            law_summary=fleet.law_summary,
            saved=self.result.saved,
            fuel_years=fleet.fuel_years,
            outside=fleet.outside(),
            charging=self._charging(),
            depots=self.result.depots,
            faults=self.result.faults,
            warnings=warnings,
            sources=self.result.inputs.sources,
        )
        return view if audience == "intern" else fleetpublic.public_view(view, fleet.vehicles)

    def _charging(self) -> dict[str, float | None]:
        """Return the sums of charging that may be public."""
        depots = self.result.depots
        known = depots["matched_kwh"].notna().any() if len(depots) else False
        return {
            "kwh_now": float(depots["kwh_now"].sum()),
            "kwh_planned": float(depots["kwh_planned"].sum()),
            "vehicles": float(depots["vehicles_now"].sum() + depots["vehicles_planned"].sum()),
            "matched_kwh": float(depots["matched_kwh"].sum()) if known else None,
            "pv_kwh": float(depots["pv_kwh"].sum()) if known else None,
        }

    def _ledger(self, folder: Path) -> None:
        """Write the ledger to edit; the first one also where it is read from. A file that someone has edited is never touched."""
        from data.readers import ledger

        project, run = self.context.project, self.context.run
        home = project.path("replacements")
        ledger.write(folder / LEDGER, self.result.fleet.judged, self.result.fleet.vehicles)
        if project.folder.resolve() == example_folder().resolve():
            return
        if not home.exists():
            with staged(home.parent, (home.name,)) as stage:
                ledger.write(stage / home.name, self.result.fleet.judged, self.result.fleet.vehicles)
            run.say(text("fleet.ledger_file.first", path=home))
        elif self.result.inputs.ledger is not None and (new := self._new_rows()):
            run.say(text("fleet.ledger_file.again", n=new, path=home, file=LEDGER))

    def _new_rows(self) -> int:
        """Return how many pairs the edited file does not have."""
        edited, judged = self.result.inputs.ledger, self.result.fleet.judged
        assert edited is not None
        known = set(zip(edited["out_reg"].fillna("-"), edited["in_reg"].fillna("-"), strict=True))
        made = zip(judged["out_reg"].fillna("-"), judged["in_reg"].fillna("-"), strict=True)
        return sum(pair not in known for pair in made)
