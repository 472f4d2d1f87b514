# SPDX-License-Identifier: BSD-3-Clause
"""Measured values: kept, written and read as CSV, and shown as tables."""

import csv
import os
import statistics

from kit import targets
from kit.catalogue import ENGINES, MEMCACHED, WORKLOADS

FIELDS = ["workload", "case", "metric", "unit", "engine", "round", "value"]

# Of these more is better, and one ratio tells little: they have no target.
MORE_IS_BETTER = {"rate"}


class Results:
    def __init__(self):
        # (workload, case, metric) in the order of measuring -> engine -> values
        self.values = {}
        self.units = {}

    def add(self, workload, case, metric, unit, engine, value):
        key = (workload, case, metric)
        self.units[key] = unit
        self.values.setdefault(key, {}).setdefault(engine, []).append(value)

    def samples(self, workload, case, metric, engine):
        return self.values.get((workload, case, metric), {}).get(engine, [])

    @staticmethod
    def median_of(samples):
        return statistics.median(samples)

    def keys_of(self, workload):
        return [key for key in self.values if key[0] == workload]

    def workloads(self):
        known = dict(WORKLOADS, **{MEMCACHED.name: MEMCACHED})
        return [known[name] for name in known if self.keys_of(name)]

    def ratio(self, key, engine, baseline):
        samples = self.values[key].get(engine)
        others = self.values[key].get(baseline)
        if not samples or not others or statistics.median(others) <= 0:
            return None
        return statistics.median(samples) / statistics.median(others)

    def write_csv(self, path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(FIELDS)
            for key, engines in self.values.items():
                for engine, samples in engines.items():
                    for number, value in enumerate(samples, 1):
                        writer.writerow([*key, self.units[key], engine, number, f"{value:.6g}"])

    @classmethod
    def read_csv(cls, path):
        results = cls()
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                results.add(row["workload"], row["case"], row["metric"], row["unit"],
                            row["engine"], float(row["value"]))
        return results


def number(value):
    """Four digits that count, without exponents."""
    if value is None:
        return ""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 0.01 else f"{value:.2g}"


def engines_of(workload, results):
    present = set()
    for key in results.keys_of(workload.name):
        present.update(results.values[key])
    return [name for name in ENGINES if name in present]


def markdown(rows, texts=(0, 1)):
    """A table with columns as wide as they must be; the first row is its head.

    The columns numbered in texts are words, the others numbers."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for index, row in enumerate(rows):
        cells = [cell.ljust(width) if i in texts else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(cells) + " |")
        if index == 0:
            lines.append("|" + "|".join("-" * (width + 1) + ("-" if i in texts else ":")
                                        for i, width in enumerate(widths)) + "|")
    return "\n".join(lines)


def value_table(workload, results):
    """Medians and best values."""
    engines = engines_of(workload, results)
    rows = [["case", "metric"] + engines]
    for key in results.keys_of(workload.name):
        row = [key[1], f"{key[2]}, {results.units[key]}"]
        best = max if key[2] in MORE_IS_BETTER else min
        for engine in engines:
            samples = results.values[key].get(engine)
            if not samples:
                row.append("")
            elif len(samples) == 1 or len(set(samples)) == 1:
                row.append(number(samples[0]))
            else:
                row.append(f"{number(Results.median_of(samples))} / {number(best(samples))}")
        rows.append(row)
    return markdown(rows)


def ratio_table(workload, results):
    """Medians divided by the median of libevent."""
    engines = [name for name in engines_of(workload, results) if name != workload.baseline]
    rows = [["case", "metric"] + engines]
    for key in results.keys_of(workload.name):
        ratios = [results.ratio(key, engine, workload.baseline) for engine in engines]
        if any(ratio is not None for ratio in ratios):
            rows.append([key[1], key[2]] + [number(ratio) for ratio in ratios])
    return markdown(rows) if len(rows) > 1 else ""


def target_table(results):
    """Answers the table of what was to be reached, and how often it was not."""
    rows = [["target", "", "at most", "reached", ""]]
    missed = 0
    for target in targets.TARGETS:
        verdict = targets.judge(target, results)
        if verdict is None:
            continue
        value, good = verdict
        missed += not good
        unit = f"{target.engine} / {target.against}" if target.against else target.engine
        rows.append([target.text, unit, number(target.limit), number(value),
                     "ok" if good else "missed"])
    return (markdown(rows) if len(rows) > 1 else ""), missed


def full_report(results):
    """All tables, as Markdown."""
    parts = []
    for workload in results.workloads():
        parts.append(f"### {workload.name}: {workload.title}\n")
        parts.append(value_table(workload, results) + "\n")
        ratios = ratio_table(workload, results)
        if ratios:
            parts.append(f"As ratios to {workload.baseline}:\n\n{ratios}\n")
    return "\n".join(parts)
