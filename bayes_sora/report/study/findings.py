"""The plain findings of a study, sentence by sentence from its numbers; what has no number is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bayes_sora.digits import short
from bayes_sora.figures.study.settings import Setting, settings_of, sizes_of
from bayes_sora.report.study.numbers import Number, Place, find_number
from bayes_sora.report.study.shares import bound_sentences, failure_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bayes_sora.report.study.record import StudyRecord

    Teller = Callable[[StudyRecord, Place], str]

WINDOWS = ("limits", "youden", "utility")
MAIN = ("moderate", "literal")
NULL = "null"
MISLEADING = {
    "confounded": "sicker patients have lower troughs and die earlier, exposure does nothing",
    "confounded_response": "sicker patients have lower troughs, respond less and die earlier",
    "reverse": "doses were halved after toxicity, before the trough was drawn",
    "landmark": "only those alive when the trough is drawn are seen",
    "immortal": "doses fall with time and the trough is the last one, so that it is low in those who live long",
}
POINT_KINDS = frozenset({"roc", "roc_fair"})
ENDPOINTS = {"lower": "response", "upper": "toxicity"}


class Sentence(NamedTuple):
    """A sentence, with what it says of each method where it is about several.

    Attributes
    ----------
    text : str
        Ends with a full stop, or with a colon before what is said of the methods.
    by_method : tuple of (str, str)
        Method and what is said of it.
    """

    text: str
    by_method: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if not self.by_method:
            return self.text
        return f"{self.text} {'; '.join(f'{method}: {told}' for method, told in self.by_method)}."


class Finding(NamedTuple):
    """Sentences under a heading."""

    heading: str
    sentences: tuple[Sentence, ...]


def study_findings(record: StudyRecord) -> tuple[Finding, ...]:
    """Return what the study found, the answer to its question first."""
    if record.rows.empty:
        return ()
    found: tuple[tuple[str, Iterable[Sentence]], ...] = (
        ("How often is a window found where there is one?", _identification(record)),
        ("How often is a window found where there is none?", _false_windows(record)),
        ("How often is a window found where the design misleads?", _misleading(record)),
        ("Do 95 % intervals hold the truth?", _coverage(record)),
        ("Where do ROC cut-offs fall?", _cutoffs(record)),
        ("Does acting on a declared window help?", _decisions(record)),
        ("Did every analysis give an answer?", map(Sentence, failure_sentences(record))),
    )
    return tuple(Finding(heading, told) for heading, sentences in found if (told := tuple(sentences)))


def lead_sentence(record: StudyRecord) -> str:
    """Return the study in one sentence; its title where it has too little to say."""
    parts = [] if record.rows.empty else [*_lead_identified(record), *_lead_false(record)]
    if not parts:
        return record.plan.title
    return f"With {sizes_of(record.summary)[0]} patients, {'; '.join(parts)}."


def _lead_identified(record: StudyRecord) -> Iterator[str]:
    setting, n = next(iter(_main_settings(record)), None), sizes_of(record.summary)[0]
    method = next((name for name in record.methods if record.has_rule(name)), None)
    if setting is None or method is None:
        return
    found = [
        f"a {window} window in {number.long}"
        for window in ("limits", "utility")
        if (number := find_number(record.summary, Place(setting, n, method, window), "declared"))
    ]
    if found:
        yield f"{method} identified {_listed(found)} of {setting.scenario} cohorts"


def _lead_false(record: StudyRecord) -> Iterator[str]:
    setting, n = _setting(record, NULL), sizes_of(record.summary)[0]
    if setting is None:
        return
    found = [
        f"{method} declared a window in {number.long}"
        for method in _readers_without_rule(record)
        if (number := find_number(record.summary, Place(setting, n, method, "youden"), "declared"))
    ]
    if found:
        yield f"{_listed(found)} of cohorts where there is nothing to find"


def _readers_without_rule(record: StudyRecord) -> list[str]:
    """Return the first method without a rule and the careful reader of the ROC: the share depends on who reads it."""
    plain = [name for name in record.methods if not record.has_rule(name)]
    careful = [name for name in plain if record.methods[name].kind == "roc_fair"]
    return list(dict.fromkeys([*plain[:1], *careful]))


def _setting(record: StudyRecord, scenario: str) -> Setting | None:
    """Return the first design of a scenario."""
    return next((one for one in settings_of(record.summary) if one.scenario == scenario), None)


def _main_settings(record: StudyRecord) -> list[Setting]:
    named = [one for name in MAIN if (one := _setting(record, name))]
    return named or [one for one in settings_of(record.summary) if one.scenario not in {NULL, *MISLEADING}][:1]


def _null_settings(record: StudyRecord) -> list[Setting]:
    null = _setting(record, NULL)
    return [null] if null else []


def _ends(record: StudyRecord) -> tuple[int, ...]:
    """Fewest and most patients."""
    sizes = sizes_of(record.summary)
    return (sizes[0],) if len(sizes) == 1 else (sizes[0], sizes[-1])


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _tell(record: StudyRecord, settings: Iterable[Setting], opening: str, tell: Teller) -> Iterator[Sentence]:
    """Yield one sentence a setting and size: what is told of each method, window by window."""
    for setting in settings:
        for n in _ends(record):
            told = []
            for method in record.methods:
                parts = [part for window in WINDOWS if (part := tell(record, Place(setting, n, method, window)))]
                told += [(method, ", ".join(parts))] if parts else []
            if told:
                yield Sentence(f"{setting.scenario}, {n} patients: {opening}:", tuple(told))


def _declared(record: StudyRecord, place: Place) -> str:
    number = find_number(record.summary, place, "declared")
    return f"{place.window} {number.long}" if number else ""


def _identification(record: StudyRecord) -> Iterator[Sentence]:
    return _tell(record, _main_settings(record), "a window was declared in these shares of cohorts", _declared)


def _false_windows(record: StudyRecord) -> Iterator[Sentence]:
    opening = "nothing is to be found, and a window was declared all the same in these shares of cohorts"
    yield from _tell(record, _null_settings(record), opening, _declared)
    for method in record.methods:
        if record.has_rule(method):
            yield from map(Sentence, bound_sentences(record.summary, method, scenario=NULL))


def _misleading(record: StudyRecord) -> Iterator[Sentence]:
    for scenario, why in MISLEADING.items():
        setting = _setting(record, scenario)
        if setting is not None:
            yield from _tell(record, [setting], f"{why}; a window was declared in these shares of cohorts", _declared)


def _both_limits(record: StudyRecord, place: Place, measure: str) -> list[tuple[str, Number]]:
    found = ((limit, find_number(record.summary, place, measure, limit=limit)) for limit in ("lower", "upper"))
    return [(limit, number) for limit, number in found if number]


def _covered(record: StudyRecord, place: Place) -> str:
    ends = [f"{limit} {number.long}" for limit, number in _both_limits(record, place, "coverage_95")]
    return f"{place.window} {' / '.join(ends)}" if ends else ""


def _coverage(record: StudyRecord) -> Iterator[Sentence]:
    return _tell(
        record, _main_settings(record), "the truth lay inside the 95 % interval in these shares of cohorts", _covered
    )


def _cutoffs(record: StudyRecord) -> Iterator[Sentence]:
    cutoffs = [name for name, method in record.methods.items() if method.kind in POINT_KINDS]
    for setting in _main_settings(record):
        for method in cutoffs:
            for n in _ends(record):
                for limit, ratio in _both_limits(record, Place(setting, n, method, "youden"), "median_ratio"):
                    yield from _cutoff(record, Place(setting, n, method, "youden"), limit, ratio)


def _cutoff(record: StudyRecord, place: Place, limit: str, ratio: Number) -> Iterator[Sentence]:
    truth, low, high = (
        find_number(record.summary, place, measure, limit=limit)
        for measure in ("true", "estimate_q025", "estimate_q975")
    )
    if truth and low and high:
        yield Sentence(
            f"{place.setting.scenario}, {place.n} patients: the median {place.method} cut-off for {ENDPOINTS[limit]} "
            f"was {ratio.long} the truth of {short(truth.value)} mg/L; 95 % of cut-offs lay between {low.long} and "
            f"{high.long}{_share_given(record, place, limit)}."
        )


def _share_given(record: StudyRecord, place: Place, limit: str) -> str:
    """Return of how many cohorts the cut-offs are, where the method keeps only some of them."""
    share = find_number(record.summary, place, "estimated", limit=limit)
    kept = record.methods[place.method].kind == "roc_fair" and share
    return f"; it kept a cut-off in {share.long} of cohorts" if kept and share else ""


def _acted(record: StudyRecord, place: Place) -> str:
    benefit, harm = (find_number(record.summary, place, measure) for measure in ("benefit_declared", "harm_declared"))
    return f"{place.window} {benefit.signed}, harm in {harm.long}" if benefit and harm else ""


def _decisions(record: StudyRecord) -> Iterator[Sentence]:
    settings = [*_main_settings(record), *_null_settings(record)]
    opening = (
        "how dosing towards what was declared changed the mean true utility, and in which share of cohorts it harmed"
    )
    return _tell(record, settings, opening, _acted)
