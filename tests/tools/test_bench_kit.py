#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: test_bench_kit.py BENCH

What bench/ computes from measurements: medians, ratios, verdicts, and counts
that have grown.
"""

import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
BENCH = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, BENCH)

from kit import allowed, counting, highlights, plotting, programs, results, targets  # noqa: E402
from kit.catalogue import ENGINES, WORKLOADS  # noqa: E402

CALLGRIND = """\
events: Ir
fn=(1) main
10 5
cfn=(2) measured_run
calls=1 0
11 500
cfn=(3) engine_open
calls=1 0
12 70
cfn=(4) measured_add.constprop.0
calls=2 0
13 40
fn=(2)
20 100
cfn=(5) event_base_loop
calls=1 0
21 400
fn=(6) other
cfn=(4)
calls=1 0
30 2
"""


class Temporary(unittest.TestCase):
    def file_with(self, text):
        handle, path = tempfile.mkstemp()
        self.addCleanup(os.remove, path)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Counting(Temporary):
    def test_costs_include_callees_and_all_callers(self):
        costs = counting.callgrind_costs(self.file_with(CALLGRIND))
        self.assertEqual(costs, {"measured_run": 500, "measured_add": 42})


class Allowed(Temporary):
    KEY = ("w02", "pair n=100", "levin", "per_op instructions")
    CALLS = ("w02", "pair n=100", "levin", "system calls")

    def check(self, allowed_counts, counts, whole=True):
        path = self.file_with("")
        allowed.write(path, allowed_counts)
        with contextlib.redirect_stdout(io.StringIO()) as output:
            status = allowed.check(path, counts, whole)
        return status, output.getvalue()

    def test_counts_of_one_workload_leave_the_others(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "counts.txt")
            other = ("w99", *self.KEY[1:])
            allowed.write(path, {self.KEY: 1.0, other: 2.0})
            allowed.write(path, {other: 3.0}, whole=False)
            self.assertEqual(allowed.read(path), {self.KEY: 1.0, other: 3.0})

    def test_two_per_cent_more_are_let_through(self):
        self.assertEqual(self.check({self.KEY: 100.0}, {self.KEY: 101.9})[0], 0)

    def test_three_per_cent_more_are_a_fault(self):
        status, output = self.check({self.KEY: 100.0}, {self.KEY: 103.0})
        self.assertEqual(status, 1)
        self.assertIn("103.000, allowed 100.000", output)

    def test_one_more_system_call_in_fifty_operations_is_a_fault(self):
        self.assertEqual(self.check({self.CALLS: 0.0}, {self.CALLS: 0.02})[0], 1)
        self.assertEqual(self.check({self.CALLS: 0.0}, {self.CALLS: 0.005})[0], 0)

    def test_timers_of_random_duration_may_differ_more(self):
        key = ("w03", "n=1000", "levin", "cancel instructions")
        self.assertEqual(self.check({key: 100.0}, {key: 110.0})[0], 0)
        self.assertEqual(self.check({key: 100.0}, {key: 120.0})[0], 1)

    def test_a_count_that_is_not_allowed_or_not_made_is_a_fault(self):
        self.assertEqual(self.check({self.KEY: 1.0}, {self.KEY: 1.0, self.CALLS: 0.0})[0], 1)
        self.assertEqual(self.check({self.KEY: 1.0, self.CALLS: 0.0}, {self.KEY: 1.0})[0], 1)

    def test_lower_counts_ask_for_an_update(self):
        status, output = self.check({self.KEY: 100.0}, {self.KEY: 80.0})
        self.assertEqual(status, 0)
        self.assertIn("--update", output)

    def test_an_empty_or_broken_file_allows_nothing(self):
        with self.assertRaises(programs.Trouble):
            allowed.read(self.file_with("# only a comment\n"))
        with self.assertRaises(programs.Trouble):
            allowed.read(self.file_with("w02\tpair\tlevin\t5\n"))


class Verdicts(Temporary):
    def setUp(self):
        self.results = results.Results()
        for value in (10.0, 12.0, 100.0):
            self.results.add("w02", "pair n=100", "per_op", "ns", "levin", value)
        for value in (1000.0, 2000.0, 900.0):
            self.results.add("w02", "pair n=100", "per_op", "ns", "le", value)

    def target(self, limit, **more):
        return targets.Target("", "w02", "pair n=100", "per_op", limit, **more)

    def test_medians_are_compared(self):
        self.assertEqual(targets.judge(self.target(0.012), self.results), (0.012, True))
        self.assertEqual(targets.judge(self.target(0.011), self.results), (0.012, False))

    def test_the_best_value_counts_where_asked_for(self):
        target = self.target(10.0, against=None, best=True)
        self.assertEqual(targets.judge(target, self.results), (10.0, True))

    def test_what_was_not_measured_is_not_judged(self):
        self.assertIsNone(targets.judge(self.target(1.0, engine="ev"), self.results))
        self.assertIsNone(targets.judge(self.target(1.0, against="raw"), self.results))

    def test_the_table_counts_what_was_missed(self):
        table, missed = results.target_table(self.results)
        self.assertEqual(missed, 1)
        self.assertIn("missed", table)

    def test_csv_keeps_every_value(self):
        path = self.file_with("")
        self.results.write_csv(path)
        again = results.Results.read_csv(path)
        self.assertEqual(again.values, self.results.values)
        self.assertEqual(again.units, self.results.units)

    def test_highlights_show_what_was_measured_alone(self):
        table = highlights.table(self.results)
        self.assertIn("0.012", table)
        self.assertNotIn("memcached", table)

    def test_a_chart_has_a_column_for_each_engine_but_the_baseline(self):
        script = plotting.script_for(WORKLOADS["w02"], self.results)
        self.assertIn('"pair n=100" 0.012', script)
        self.assertNotIn("title 'le' lc rgb '#b", script)


class Catalogue(unittest.TestCase):
    def test_engines_and_targets_are_known(self):
        for workload in WORKLOADS.values():
            for name in workload.engines + (workload.baseline,):
                self.assertIn(name, ENGINES)
        for target in targets.TARGETS:
            self.assertIn(target.engine, ENGINES)
            self.assertIn(target.against or "le", ENGINES)

    def test_highlights_are_in_the_published_results(self):
        published = results.Results.read_csv(os.path.join(BENCH, "results", "latest.csv"))
        for row in highlights.HIGHLIGHTS:
            self.assertTrue((row.workload, row.case, row.metric) in published.values, row.text)

    def test_only_ours_get_a_library_path(self):
        os.environ["LD_LIBRARY_PATH"] = "/elsewhere"
        self.addCleanup(os.environ.pop, "LD_LIBRARY_PATH")
        self.assertNotIn("LD_LIBRARY_PATH", programs.environment(ENGINES["le"], "/ours"))
        environment = programs.environment(ENGINES["levin"], "/ours")
        self.assertEqual(environment["LD_LIBRARY_PATH"], "/ours")

    def test_variables_of_the_caller_are_not_passed_on(self):
        os.environ["EVENT_NOEPOLL"] = "1"
        self.addCleanup(os.environ.pop, "EVENT_NOEPOLL")
        self.assertEqual(set(programs.environment(ENGINES["le"], "/ours")), {"PATH"})
        self.assertEqual(set(programs.environment(ENGINES["levin-sfd"], "/ours")),
                         {"PATH", "LD_LIBRARY_PATH", "EVENT_USE_SIGNALFD"})


if __name__ == "__main__":
    unittest.main()
