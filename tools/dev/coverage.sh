# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Line and branch coverage of src/ by all tests.  Read by check.sh.

COVERAGE_LINES=92
COVERAGE_BRANCHES=80

measure_coverage() {
	mkdir -p build/coverage/report
	gcovr --root . --filter src/ --exclude-throw-branches --exclude-unreachable-branches \
		--txt build/coverage/report/summary.txt --json-summary build/coverage/report/summary.json \
		--html-details build/coverage/report/index.html build/coverage
}

# Counts of an earlier run would count as this one's.
forget_coverage() { find build/coverage -name '*.gcda' -delete; }

check_coverage() {
	local status=0
	built coverage || return
	forget_coverage
	run_ctest coverage || status=1
	count "measure" measure_coverage || return
	cat build/coverage/report/summary.txt
	if python3 - "$COVERAGE_LINES" "$COVERAGE_BRANCHES" <<'END'; then
import json
import sys

with open("build/coverage/report/summary.json", encoding="utf-8") as stream:
    summary = json.load(stream)
missed = False
for what, least in zip(("line", "branch"), sys.argv[1:]):
    percent = summary[f"{what}_percent"]
    print(f"{what} coverage {percent} %, at least {least} % wanted")
    missed = missed or percent < float(least)
sys.exit(missed)
END
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		status=1
	fi
	return "$status"
}
