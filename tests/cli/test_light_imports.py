"""What a fit on the command line imports."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from bayes_sora.cli.light_imports import import_arviz_lightly

import_arviz_lightly()
import nutpie

unused = ("jax", "jaxlib", "numpyro", "arviz_plots", "matplotlib.pyplot")
assert not [name for name in unused if name in sys.modules], "imported all the same"
import arviz_plots
import jax

assert jax.numpy.arange(3).sum() == 3
assert arviz_plots.plot_dist
import_arviz_lightly()
assert sys.modules["jax"] is jax
"""


def test_a_fit_imports_neither_jax_nor_plots_and_spoils_neither():
    """The sampler comes without both; whoever wants them later gets them whole."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
