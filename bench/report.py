"""From samples to figures: bench/out/latest.json for machines, docs/performance.md for people."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from bench.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.measuring import Sample

LATEST = ROOT / "bench" / "out" / "latest.json"
DOCUMENT = ROOT / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Figure:
    """One subject's median in one unit, over all rounds, beside the other subjects of the measure."""

    measure: str
    subject: str
    unit: str
    median: float
    min: float
    max: float
    rounds: int
    peak_memory_mib: float | None
    """The most of all rounds, of the subject's largest process."""
    cpu_ms_per_record: float | None
    server_cpu_ms_per_record: float | None
    ratio_to: dict[str, float] = field(default_factory=dict)
    """This median divided by the other subject's."""
    commit: str = ""
    """The code that was measured."""

    @property
    def family(self) -> str:
        """The measure without its setting."""
        return self.measure.partition(":")[0]

    @property
    def setting(self) -> str:
        """What is behind the colon."""
        return self.measure.partition(":")[2].strip()


def figures(samples: Iterable[Sample]) -> list[Figure]:
    """Medians, in the order in which subjects were first measured."""
    grouped: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        grouped[sample.measure, sample.subject, sample.unit].append(sample)
    medians = {key: statistics.median(sample.value for sample in found) for key, found in grouped.items()}
    made = []
    for (measure, subject, unit), found in grouped.items():
        values = [sample.value for sample in found]
        mine = medians[measure, subject, unit]
        peaks = [sample.peak_memory_mib for sample in found if sample.peak_memory_mib is not None]
        ratios = {
            other: mine / median
            for (of, other, in_), median in medians.items()
            if (of, in_) == (measure, unit) and other != subject and median
        }
        made.append(
            Figure(
                measure,
                subject,
                unit,
                mine,
                min(values),
                max(values),
                len(found),
                max(peaks) if peaks else None,
                _per_record(found, "cpu_s"),
                _per_record(found, "server_cpu_s"),
                ratios,
            ),
        )
    return made


def _per_record(samples: Sequence[Sample], what: str) -> float | None:
    """Milliseconds a record."""
    found = [1000 * spent / s.records for s in samples if s.records and (spent := getattr(s, what)) is not None]
    return statistics.median(found) if found else None


def keep(found: Sequence[Figure], commit: str) -> list[Figure]:
    """Adds figures to those of earlier runs, in place of theirs for the same family of measures; all that there are."""
    before = [Figure(**row) for row in json.loads(LATEST.read_text())] if LATEST.exists() else []
    measured = {figure.family for figure in found}
    everything = [figure for figure in before if figure.family not in measured]
    everything += [replace(figure, commit=commit) for figure in found]
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    LATEST.write_text(json.dumps([asdict(figure) for figure in everything], indent=1) + "\n")
    return everything


def table(found: Sequence[Figure]) -> str:
    """One family of measures as a table in Markdown: a row per setting and subject, its units side by side."""
    beside = _reference(found)
    units = list(dict.fromkeys(figure.unit for figure in found))
    rows: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for setting in dict.fromkeys(figure.setting for figure in found):
        for figure in found:
            if figure.setting == setting:
                rows[setting, figure.subject].append(figure)
    settings = any(figure.setting for figure in found)
    costs = any(figure.cpu_ms_per_record is not None for figure in found)
    memory = any(figure.peak_memory_mib is not None for figure in found)
    head = ["setting"] * settings + ["subject", *units]
    head += ["CPU us/record: own + database"] * costs + ["peak MiB"] * memory
    head += [f"{units[0]}: ratio to {beside}"] * bool(beside)
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    shown = ""
    for (setting, subject), figures_of in rows.items():
        first = figures_of[0]
        by_unit = {figure.unit: figure for figure in figures_of}
        cells = [setting if setting != shown else ""] * settings + [subject]
        shown = setting
        cells += [_spread(by_unit[unit]) if unit in by_unit else "" for unit in units]
        cells += [_cost(first)] * costs
        cells += [_number(first.peak_memory_mib) if first.peak_memory_mib else ""] * memory
        cells += [_ratio(first, beside)] * bool(beside)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _spread(figure: Figure) -> str:
    return f"{_number(figure.median)} ({_number(figure.min)} to {_number(figure.max)})"


def _reference(found: Sequence[Figure]) -> str:
    """The first subject of ours in all settings, which everything is compared with; "" where nobody else is."""
    settings = {figure.setting for figure in found}
    subjects = list(dict.fromkeys(figure.subject for figure in found))
    ours = [
        subject
        for subject in subjects
        if subject.startswith("regulars") and {f.setting for f in found if f.subject == subject} == settings
    ]
    return ours[0] if ours and len(subjects) > 1 and any(figure.ratio_to for figure in found) else ""


def _cost(figure: Figure) -> str:
    if figure.cpu_ms_per_record is None:
        return ""
    return f"{figure.cpu_ms_per_record * 1000:.0f} + {(figure.server_cpu_ms_per_record or 0) * 1000:.0f}"


def _ratio(figure: Figure, beside: str) -> str:
    if figure.subject == beside:
        return "1"
    return f"{figure.ratio_to[beside]:.2f}" if beside in figure.ratio_to else ""


def _number(value: float) -> str:
    if value >= 100:  # noqa: PLR2004 - three digits are enough to compare by
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004 - as above


def document(found: Sequence[Figure], opening: str, meanings: Mapping[str, str], before: str) -> str:
    """The whole of docs/performance.md: measured families anew, the others as they stand in the document `before`."""
    families: dict[str, list[Figure]] = defaultdict(list)
    for figure in found:
        families[figure.family].append(figure)
    parts = _parts(before)
    for family, rows in families.items():
        said, when = meanings.get(family, "").strip(), f"At commit {rows[0].commit}, {rows[0].rounds} rounds"
        parts[_title(family)] = f"{said}\n\n{when}:\n\n{table(rows)}\n"
    missing = [family for family in meanings if _title(family) not in parts]
    if missing:
        opening = f"{opening}\nNot measured yet: {', '.join(missing)}.\n"
    return "\n".join([opening, *(f"## {title}\n\n{said}" for title, said in parts.items())])


def _title(family: str) -> str:
    return f"{family[0].upper()}{family[1:]}"


def _parts(document: str) -> dict[str, str]:
    """Title and text of each part of a document."""
    _, *parts = document.split("\n## ")
    return {title: f"{said.strip()}\n" for title, _, said in (part.partition("\n") for part in parts)}
