"""Question and answer in words and as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bayes_sora.digits import compared

if TYPE_CHECKING:
    from bayes_sora.study.sample_size.answer import SizeAnswer, SizePoint
    from bayes_sora.study.sample_size.criteria import Criterion, Scale
    from bayes_sora.study.sample_size.question import SizeQuestion

DIGITS: dict[Scale, int] = {"probability": 3, "months": 2}


def answer_sentence(answer: SizeAnswer) -> str:
    """Return the answer in one sentence, with its Monte Carlo error; failures that matter come before it."""
    return f"{failures_text(answer)} {_answer(answer)}" if answer.failures_matter else _answer(answer)


def failures_text(answer: SizeAnswer) -> str:
    """Return the sentence on the size whose analyses failed most often."""
    worst = max(answer.curve, key=lambda point: point.failures / point.replicates)
    return (
        f"{worst.failures} of {worst.replicates} analyses of {worst.n} patients failed and count as not achieving it: "
        "the answer is not complete."
    )


def _answer(answer: SizeAnswer) -> str:
    question, at = answer.question, answer.at
    found = f"{question.criterion.words} is {level_text(at, question.criterion)}"
    goal = target_text(question.criterion)
    if answer.status == "reached":
        return (
            f"{at.n} patients: there {found} {setting_text(question)}; the target of {goal} is reached at "
            f"{answer.crossing:.0f} (95 % Monte Carlo interval {interval_text(answer)})."
        )
    if answer.status == "already_reached":
        return (
            f"{at.n} patients, the smallest size asked about, are already enough: there {found} "
            f"{setting_text(question)}, and the target is {goal}{_doubt(answer)}."
        )
    if at.n < question.n_max:
        return (
            f"Not found yet: the search ended at {at.n} of at most {question.n_max} patients; there {found} "
            f"{setting_text(question)}, and the target is {goal}."
        )
    return (
        f"Not reached up to {at.n} patients: there {found} {setting_text(question)}, and the target is "
        f"{goal}{_doubt(answer)}."
    )


def setting_text(question: SizeQuestion) -> str:
    """Return the truth and the method in words, such as "under moderate, analysed with sorafenib_observed.v1"."""
    base = question.base
    truth = f"under {base}" if question.truths is None else f"over the prior of truths around {base} (assurance)"
    return f"{truth}, analysed with {question.method.model or question.method.kind}"


def level_text(point: SizePoint, criterion: Criterion) -> str:
    """Return an estimate with its error, such as "0.823 (MCSE 0.017)"."""
    digits = DIGITS[criterion.scale]
    unit = "" if criterion.scale == "probability" else " months"
    shown = compared(point.estimate, criterion.target, decimals=digits).value
    return f"{shown}{unit} (MCSE {point.mcse:.{digits}f})"


def target_text(criterion: Criterion) -> str:
    """Return the target, such as "0.8" or "0.5 months"."""
    return f"{criterion.target:g}" if criterion.scale == "probability" else f"{criterion.target:g} months"


def interval_text(answer: SizeAnswer) -> str:
    """Return the Monte Carlo interval of the size; an end outside the sizes simulated is named as such."""
    low, high = answer.interval
    first, last = answer.curve[0].n, answer.curve[-1].n
    low_text = f"at or below {first}" if low is None else f"{low:.0f}"
    return f"{low_text} to {f'beyond {last}' if high is None else f'{high:.0f}'}"


def question_document(question: SizeQuestion) -> dict[str, object]:
    """Return the question as plain JSON values."""
    criterion, truths = question.criterion, question.truths
    prior = None
    if truths is not None:
        prior = {
            name: {"family": one.family, **{argument: float(value) for argument, value in one.arguments.items()}}
            for name, one in truths.priors.items()
        }
    return {
        "criterion": {"kind": type(criterion).__name__, **_fields(criterion)},
        "words": criterion.words,
        "target": criterion.target,
        "truth": question.base,
        "priors": prior,
        "method": asdict(question.method),
        "n_min": question.n_min,
        "n_max": question.n_max,
        "troughs": question.troughs,
        "follow_up_months": question.follow_up_months,
        "effort": asdict(question.effort),
    }


def _fields(criterion: Criterion) -> dict[str, object]:
    return dict(vars(criterion))


def _doubt(answer: SizeAnswer) -> str:
    """Say how likely the target is reached after all, or not, where the simulations leave a doubt."""
    low, high = answer.interval
    if low is None and high is None:
        return ""
    return f"; that it is reached at {answer.at.n} has Monte Carlo probability {answer.p_reached:.2f}"
