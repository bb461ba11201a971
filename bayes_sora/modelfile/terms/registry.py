"""Every table of terms a model file may have, by its name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bayes_sora.modelfile.terms import confounding, covariates, frailty, hierarchy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bayes_sora.modelfile.terms.table import TermTable

TERM_TABLES: Mapping[str, TermTable] = MappingProxyType(
    {
        "site": hierarchy.SITE,
        "study": hierarchy.STUDY,
        "frailty": frailty.TABLE,
        "covariates": covariates.TABLE,
        "confounding": confounding.TABLE,
    }
)
