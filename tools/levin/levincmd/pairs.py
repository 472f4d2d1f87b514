# SPDX-License-Identifier: BSD-3-Clause
"""
Statistics of runs that come in pairs, one on each library.

The machine disturbs single runs by more than the libraries differ.  What counts is the ratio
within a pair, and the order changes from pair to pair.
"""

from dataclasses import dataclass
from statistics import median

# Fewer have no interval.
FEWEST = 6


@dataclass(frozen=True)
class Ratio:
    middle: float
    low: float
    high: float

    def verdict(self):
        """A difference is one that the noise does not explain."""
        if self.high < 1:
            return "less"
        if self.low > 1:
            return "more"
        return "no difference"


def tail(count):
    """
    The largest number for which a coin, tossed count times, shows fewer heads in at most 2.5 %
    of cases.
    """
    below, heads, term = 0.0, 0, 0.5 ** count
    while below + term <= 0.025:
        below += term
        term *= (count - heads) / (heads + 1)
        heads += 1
    return heads


def ratio(ours, theirs):
    """
    The median of the pairs' ratios, and an interval that has the true median in it with a
    probability of 95 %, whatever the distribution is: from the k-th to the k-th last.
    """
    ratios = sorted(mine / other for mine, other in zip(ours, theirs))
    k = tail(len(ratios))
    return Ratio(median(ratios), ratios[k - 1], ratios[-k])


def strips(rows, width=60):
    """Each row of values as a line of marks at their places on one scale, and the scale."""
    low = min(min(values) for values in rows.values())
    high = max(max(values) for values in rows.values())
    span = (high - low) or 1
    lines = []
    for name, values in rows.items():
        counts = [0] * width
        for value in values:
            counts[min(width - 1, int((value - low) / span * width))] += 1
        lines.append(f"{name:>10} |" + "".join(" .:#"[min(3, count)] for count in counts) + "|")
    return lines, low, high
