"""Check [drug]: the unit, the reference and the range that every exposure of the file is held against."""

from __future__ import annotations

from typing import Any

from bayes_sora.modelfile.findings import CONTRADICTION, MISSING, Findings
from bayes_sora.modelfile.vocabulary import DRUG, MOLAR_UNITS

NARROWEST = 1.01  # high over low; less is no range to search


def check_drug(findings: Findings, table: object) -> dict[str, Any]:
    """Return the sound values of [drug]; a range that is not one is left out."""
    if table is None:
        findings.add(MISSING, "drug", "is missing", "Add [drug] with name, unit and reference.")
        return {}
    drug = findings.table("drug", table, DRUG)
    if drug.get("unit") in MOLAR_UNITS and isinstance(table, dict) and "molar_mass_g_mol" not in table:
        remedy = "Add molar_mass_g_mol, or write exposures in mg/L."
        findings.add(MISSING, "drug.molar_mass_g_mol", f"is needed for {drug['unit']}", remedy)
    span = drug.get("range")
    if span is not None and not (len(span) == 2 and span[0] * NARROWEST < span[1]):
        remedy = "Write range = [low, high] with low < high."
        findings.add(CONTRADICTION, "drug.range", "expected two exposures, the second higher", remedy, value=str(span))
        del drug["range"]
    check_near_range(findings, "drug.reference", drug.get("reference"), drug, factor=1.0)
    return drug


def check_near_range(
    findings: Findings, path: str, value: float | None, drug: dict[str, Any], *, factor: float
) -> None:
    """Note an exposure that lies more than `factor` times outside the range: most often another unit."""
    if value is None or "range" not in drug:
        return
    low, high = drug["range"]
    if not low / factor <= value <= high * factor:
        why = f"lies {'far ' if factor > 1 else ''}outside drug.range [{low}, {high}]"
        findings.add(CONTRADICTION, path, why, f"Write it in {drug.get('unit', 'drug.unit')}.", value=value)
