"""The splines of the exposure effect as SciPy has them, independent of the package's formulas."""

import numpy as np
from scipy.interpolate import BSpline, CubicSpline
from scipy.linalg import eigh

INTERVALS, RISING_INTERVALS = 8, 6


def quadrature(ends):
    """Return nodes over the range, exact for polynomials of degree 15 between the knots, and weights that sum to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    knots = np.linspace(*ends, INTERVALS + 1)
    x = (0.5 * (knots[:-1] + knots[1:])[:, None] + 0.5 * np.diff(knots)[:, None] * nodes).ravel()
    return x, np.tile(0.5 * weights / INTERVALS, INTERVALS)


def natural_bends(ends):
    """Return B as natural splines: eigenfunctions of ∫ f″² against the mean square, the smoothest first."""
    knots = np.linspace(*ends, INTERVALS + 1)
    cardinal = CubicSpline(knots, np.eye(INTERVALS + 1), bc_type="natural")
    x, weights = quadrature(ends)
    value, second = cardinal(x), cardinal(x, 2)
    size, vectors = eigh(second.T @ (weights[:, None] * second), value.T @ (weights[:, None] * value))
    through = vectors[:, 2:] / np.sqrt(size[2:])
    through *= np.sign(through[-1]) / np.sqrt((1.0 / size[2:]).sum())
    return CubicSpline(knots, through, bc_type="natural")


def rise(ends, log_weights):
    """Return F, zero at x = 0, and F′ from the integral of a quadratic B-spline."""
    step = (ends[1] - ends[0]) / RISING_INTERVALS
    slope = BSpline(ends[0] + step * np.arange(-2, RISING_INTERVALS + 3), np.exp(log_weights), 2)
    climb = slope.antiderivative()
    total = climb(ends[1]) - climb(ends[0])
    return (lambda x: (climb(x) - climb(0.0)) / total), (lambda x: slope(x) / total)


def straight_beyond(curve, slope, ends, x):
    """Return a curve within the range, and its tangents beyond."""
    x = np.asarray(x, dtype=float)
    inside = np.clip(x, *ends)
    beyond = x - inside
    return curve(inside) + slope(inside) * (beyond[..., None] if np.ndim(curve(ends[0])) else beyond)
