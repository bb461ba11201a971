"""What of a scenario happens on a day: troughs, and the onset of toxicity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DatedTroughs:
    """Troughs on given days, from an exposure that declines; those of one occasion resemble each other.

    Attributes
    ----------
    days : tuple of int
        Of the first, second, … trough of every patient.
    decline_size, decline_months : float
        Log of the exposure at time zero over that in the long run, and the months in which the excess falls to 1/e.
    reference_day : int
        Day that the average trough C is of.
    occasion_sd : float
        SD of what the troughs of an occasion share; a trough at most two days after the one before is of its occasion.
    """

    days: tuple[int, ...]
    decline_size: float
    decline_months: float
    reference_day: int
    occasion_sd: float


@dataclass(frozen=True, kw_only=True)
class ToxicityOnset:
    """Toxicity that begins on a day and changes the hazard of death from then on.

    Attributes
    ----------
    window_months : float
        It begins within so many months, uniformly; who dies first is never seen to be toxic.
    log_hazard : float
        What the log hazard changes by.
    """

    window_months: float
    log_hazard: float
