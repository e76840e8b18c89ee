"""The two models that are fitted, both linear with a quadratic penalty, and how well they tell right from wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float64]

_STEPS, _RATE, _FAST, _SLOW = 500, 0.05, 0.9, 0.999
_NEWTON = 40


@dataclass(frozen=True, slots=True)
class Choices:
    """Sets of alternatives, each with at least one that is right and one that is not."""

    rows: list[Row]  #: one row of readings per alternative
    right: list[NDArray[np.bool_]]
    weight: list[float]

    def of(self, keep: NDArray[np.bool_]) -> "Choices":
        """Return the sets that *keep* marks."""
        at = np.flatnonzero(keep)
        return Choices([self.rows[i] for i in at], [self.right[i] for i in at], [self.weight[i] for i in at])


def conditional(choices: Choices, penalty: float) -> Row:
    """Return the weights under which the right alternatives of each set are likeliest: a conditional logit.

    By gradient descent with running means of gradient and square (Adam), from all ones: same data, same weights.
    """
    x, right = np.vstack(choices.rows), np.concatenate(choices.right)
    sizes = np.array([len(one) for one in choices.rows])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    weight = np.repeat(np.array(choices.weight) / np.sum(choices.weight), sizes)
    w, mean, square = (np.full(x.shape[1], start) for start in (1.0, 0.0, 0.0))
    for step in range(1, _STEPS + 1):
        value = x @ w
        odds = np.exp(value - np.repeat(np.maximum.reduceat(value, starts), sizes))
        share = odds / np.repeat(np.add.reduceat(odds, starts), sizes)
        held = np.repeat(np.add.reduceat(share * right, starts), sizes)
        slope = x.T @ (weight * (share - np.where(right, share / (held + 1e-12), 0.0))) + penalty * w
        mean = _FAST * mean + (1 - _FAST) * slope
        square = _SLOW * square + (1 - _SLOW) * slope * slope
        w = w - _RATE * (mean / (1 - _FAST**step)) / (np.sqrt(square / (1 - _SLOW**step)) + 1e-8)
    return np.asarray(w)


def first(choices: Choices, w: Row) -> NDArray[np.bool_]:
    """Return of each set whether its best alternative under *w* is right."""
    pairs = zip(choices.rows, choices.right, strict=True)
    return np.array([bool(right[int(np.argmax(rows @ w))]) for rows, right in pairs])


def logistic(x: Row, y: Row, weight: Row, penalty: float) -> Row:
    """Return intercept and weights of P(y = 1), by Newton's method; the intercept is free of the penalty."""
    x = np.column_stack((np.ones(len(x)), x))
    weight = weight / weight.sum()
    ridge = np.eye(x.shape[1]) * penalty
    ridge[0, 0] = 1e-9
    b = np.zeros(x.shape[1])
    for _ in range(_NEWTON):
        p = 1 / (1 + np.exp(-x @ b))
        slope = x.T @ (weight * (p - y)) + ridge @ b
        b = b - np.linalg.solve((x * (weight * p * (1 - p))[:, None]).T @ x + ridge, slope)
    return np.asarray(b)


def probability(x: Row, b: Row) -> Row:
    """Return P under intercept and weights *b*."""
    return np.asarray(1 / (1 + np.exp(-(b[0] + x @ b[1:]))))


def auc(p: Row, y: Row) -> float:
    """Return how often a right one is above a wrong one; nan without both."""
    order = np.argsort(p, kind="stable")
    place = np.empty(len(p))
    place[order] = np.arange(1, len(p) + 1)
    right, wrong = float(y.sum()), float(len(y) - y.sum())
    return float((place[y == 1].sum() - right * (right + 1) / 2) / (right * wrong)) if right and wrong else float("nan")


def calibration(p: Row, y: Row, bins: int = 10) -> float:
    """Return the mean gap between what was promised and what came, over bins of equal size (ECE)."""
    parts = [part for part in np.array_split(np.argsort(p, kind="stable"), bins) if len(part)]
    return float(sum(len(part) / len(p) * abs(p[part].mean() - y[part].mean()) for part in parts))
