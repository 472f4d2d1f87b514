#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: test_checks.sh TOOLS
# Each check passes on a small clean tree and fails, with the right words, on the same tree
# with one fault planted in it.
set -u
tools=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

clean_tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree"/{src/base,src/loop/backends,src/buffer,include/event2,exports}
	cp "$here/../../.clang-format" "$work/tree"
	cd "$work/tree" || exit 1
	local licence='/* SPDX-License-Identifier: BSD-3-Clause */'
	printf '%s\nint lvn_low_do(void);\n' "$licence" >src/base/low.h
	printf '%s\nconst char lvn_private_1 = 1;\n' "$licence" >src/base/private.c
	printf '%s\n#include "base/low.h"\n\nint\nlvn_low_do(void)\n{\n\treturn 0;\n}\n' \
		"$licence" >src/base/low.c
	printf '%s\n#include "base/low.h"\n\nint event_do(void);\n\nint\nevent_do(void)\n{\n\treturn lvn_low_do();\n}\n' \
		"$licence" >src/loop/event.c
	printf '%s\n#ifndef EVENT2_EVENT_H\n#define EVENT2_EVENT_H\nint event_do(void);\n#endif\n' \
		"$licence" >include/event2/event.h
	echo event_do >exports/event_core.txt
	echo lvn_private_1 >exports/private.txt
	: >exports/event_extra.txt
	git init -q .
}

build() {
	local source object objects=()
	shopt -s globstar
	for source in src/**/*.c; do
		object=build/release/CMakeFiles/core_objects.dir/$source.o
		mkdir -p "$(dirname "$object")"
		gcc -w -fPIC -Isrc -Iinclude -c "$source" -o "$object" || exit 1
		objects+=("$object")
	done
	mkdir -p build/release/lib
	printf '{ global: event_*; lvn_private_1; local: *; };\n' >build/map
	gcc -shared -Wl,--version-script=build/map "${objects[@]}" \
		-o build/release/lib/libevent_core-2.1.so.7.0.1 || exit 1
}

passes() {
	local output
	if ! output=$("$tools/$1" --root "$work/tree" "${@:2}" 2>&1); then
		printf '%s fails on the clean tree:\n%s\n' "$1" "$output"
		failed=1
	fi
}

# finds CHECK OPTION... WORDS: the check fails and says so.
finds() {
	local output words=${!#}
	if output=$("$tools/$1" --root "$work/tree" "${@:2:$#-2}" 2>&1) || ! grep -qF -- "$words" <<<"$output"; then
		printf '%s did not find "%s":\n%s\n' "$1" "$words" "$output"
		failed=1
	fi
}

clean_tree
build
for check in format spelling names layers locks banned sizes public_functions exports link_cycles headers; do
	passes "check_$check"
done

clean_tree
printf '#include "loop/up.h"\n' >>src/base/low.c
: >src/loop/up.h
finds check_layers 'base may not include loop'

clean_tree
printf '#include "low.h"\n' >>src/base/low.c
finds check_layers 'paths start at src/'

clean_tree
printf '#include <stdio.h>\n#include "base/low.h"\n' >src/base/low.c
finds check_layers 'must come first'

clean_tree
: >src/base/lock.h
printf '#include "base/lock.h"\n' >src/loop/backends/epoll.c
finds check_layers 'a backend may not see'

clean_tree
printf '#include <event2/buffer.h>\n' >src/loop/event.c
finds check_layers 'loop may not know'

clean_tree
mkdir src/threads
printf '#include "base/low.h"\n' >src/threads/lock.c
finds check_layers '"base/low.h" is private to core'

clean_tree
printf 'static inline int lvn_log_on(void) { return 0; }\n' >src/base/log.h
finds check_layers 'siblings include this header'

clean_tree
printf 'int event_do(void);\nint lvn_low_again(void) { return event_do(); }\n' >>src/base/low.c
build
finds check_link_cycles 'in a cycle of src/base/low.c, src/loop/event.c'

clean_tree
printf 'int open_secret(void) { return 0; }\n' >>src/base/low.c
build
finds check_public_functions 'open_secret is a public name'

clean_tree
printf 'void\nlvn_low_do_locked(struct low *low)\n{\n\tlvn_lock_acquire(&low->lock);\n}\n' >>src/base/low.c
finds check_locks 'lvn_low_do_locked takes its own lock: lvn_lock_acquire'

clean_tree
printf 'void lvn_enter(struct low *low) ACQUIRES(low->lock);\n' >>src/base/low.h
printf 'void\nlvn_low_do_locked(struct low *low)\n{\n\tlvn_enter(low);\n}\n' >>src/base/low.c
finds check_locks 'lvn_low_do_locked takes its own lock: lvn_enter'

clean_tree
printf 'void\nlvn_low_do_locked(struct low *low)\n{\n\tlvn_lock_release(&low->lock);\n\tlvn_lock_acquire(&low->lock);\n}\n' \
	>>src/base/low.c
passes check_locks

clean_tree
{ yes 'void lvn_low_free(void) NO_LOCK_ANALYSIS;' | head -n 200; } >>src/base/low.h
finds check_locks '200 times NO_LOCK_ANALYSIS'
finds check_locks 'without a comment that says why'

clean_tree
finds check_unit_tests 'src/base/low.c: no tests/unit/base/test_low.c'
mkdir -p tests/unit/base
touch tests/unit/base/test_{low,high}.c
finds check_unit_tests 'src/base/high.c is gone'

clean_tree
touch src/loop/low.h
finds check_names 'src/loop/low.h: src/base/low.h has the same name'

clean_tree
mkdir -p tests/api
printf '/* SPDX-License-Identifier: BSD-3-Clause */\nTEST_IF(HAVE_LOW, event_do__does)\n{\n}\n' >tests/api/test_event.c
passes check_names
printf 'TEST(it_does)\n{\n}\n' >>tests/api/test_event.c
finds check_names 'the test it_does does not name a function or feature first'

clean_tree
commit() { git -c user.name=x -c user.email=x commit -qm "$1" --allow-empty; }
git checkout -qb main
commit 'not held: this subject came before the branch, however long it may have become'
mkdir -p tools
touch tools/check_commits
git add tools/check_commits
commit 'nor is the one that brings the check'
commit 'on main'
finds check_commits 'not "area: what changes": on main'
git reset -q --hard HEAD~1
git checkout -qb topic
commit 'event: add what fits'
passes check_commits
commit 'event: add what does not fit into the sixty characters of a subject'
finds check_commits '67 characters; 60 at most'
commit 'no area'
finds check_commits 'not "area: what changes": no area'

clean_tree
printf 'int event_undo(void) { return 0; }\n' >>src/loop/event.c
build
finds check_exports 'exports event_undo'

clean_tree
echo lvn_private_2 >>exports/private.txt
build
finds check_exports '2 versions'

clean_tree
echo event_redo >>exports/event_core.txt
build
finds check_exports 'does not export event_redo'

clean_tree
mkdir docs
# shellcheck disable=SC2016 # backticks are Markdown's
printf '## Differences\n| a | test |\n|---|---|\n| x | `src/base/low.c` |\n' >docs/compatibility.md
passes check_compatibility
# shellcheck disable=SC2016
printf '| y | `src/base/low.c: lvn_high` |\n' >>docs/compatibility.md
finds check_compatibility 'src/base/low.c has no lvn_high'
printf '| z | some day |\n' >>docs/compatibility.md
finds check_compatibility 'no test in the last column'
printf '## Differences\n' >docs/compatibility.md
mkdir -p docs/internals tests/api
printf 'TEST_IF(1, low__does)\n{\n\tlow__checks();\n}\n' >tests/api/test_low.c
# shellcheck disable=SC2016
printf '| no. | fault | test |\n|---|---|---|\n| 1 | x | `tests/api/test_low.c: low__does` |\n' \
	>docs/internals/dns-faults.md
passes check_compatibility
# shellcheck disable=SC2016
printf '| 3 | y | `tests/api/test_low.c: low__checks` |\n' >>docs/internals/dns-faults.md
finds check_compatibility '3 comes where 2 is expected'
finds check_compatibility 'tests/api/test_low.c has no low__checks'

clean_tree
mkdir docs
# shellcheck disable=SC2016
printf 'See `base/low.h`.\n\nFrom `src/loop/event.c`:\n\n```c\nint\n...\nreturn lvn_low_do();\n```\n' >docs/style.md
passes check_pages
sed -i 's/return lvn/return lvm/' docs/style.md
finds check_pages 'src/loop/event.c does not have it so, from: return lvm_low_do();'
sed -i 's/low\.h/high.h/' docs/style.md
finds check_pages 'src/base/high.h is not there'
mkdir docs/internals
printf 'low.h has lvn_low_do, see [style](../style.md).\n' >docs/internals/base.md
sed -i 's/high\.h/low.h/; s/lvm/lvn/' docs/style.md
passes check_pages
printf 'high.[ch] has lvn_high_do, see [style](style.md).\n' >>docs/internals/base.md
finds check_pages 'high.c is not there'
finds check_pages 'lvn_high_do is not in the sources'
finds check_pages 'the link style.md leads nowhere'

clean_tree
echo event_redo >>exports/event_core.txt
finds check_public_names 'event_redo is declared nowhere'

clean_tree
sed -i 's/^int event_do/int event_undo(void);\nint event_do/' include/event2/event.h
finds check_public_names 'event_undo is in no export list'

clean_tree
mkdir -p tests/abi/facts
printf 'event_core\tevent_done\tevent2/event.h\n' >tests/abi/facts/exports.tsv
finds check_public_names "libevent's event_done is missing"
printf 'event_extra\tevent_do\tevent2/event.h\n' >tests/abi/facts/exports.tsv
finds check_public_names "libevent's event_do is missing"
printf 'event_core\tevent_do\tevent2/event.h\n' >tests/abi/facts/exports.tsv
passes check_public_names

clean_tree
printf 'event_do\nevent_do\n' >exports/event_core.txt
finds check_public_names 'event_do stands here twice'

# The tree beside a libevent that was it before the fault.
beside_libevent() {
	clean_tree
	build
	mkdir -p tests/abi/facts theirs
	printf 'event_core\tevent_do\tevent2/event.h\n' >tests/abi/facts/exports.tsv
	ln -s libevent_core-2.1.so.7.0.1 build/release/lib/libevent_core-2.1.so.7
	cp -L build/release/lib/libevent_core-2.1.so.7 theirs
	cp -r include theirs
}
abidiff_here=(check_abidiff --theirs theirs --their-include theirs/include)

beside_libevent
passes "${abidiff_here[@]}"
printf 'int event_more(void) { return 1; }\n' >>src/loop/event.c
build
cp build/release/lib/libevent_core-2.1.so.7.0.1 theirs/libevent_core-2.1.so.7
sed -i '/event_more/d' src/loop/event.c
build
finds "${abidiff_here[@]}" '[D] event_more'

beside_libevent
sed -i 's/event_do(void)/event_do(long *)/' include/event2/event.h
finds "${abidiff_here[@]}" 'probe_event_do'

beside_libevent
rm theirs/*.so.7
finds "${abidiff_here[@]}" 'no libraries of libevent'

clean_tree
build
printf 'struct bad { size_t size; };\n' >>src/base/low.h
finds check_headers 'src/base/low.h'

clean_tree
build
printf 'struct bad { int class; };\n' >>include/event2/event.h
finds check_headers 'include/event2/event.h'

clean_tree
for _ in $(seq 810); do echo; done >>src/base/low.c
finds check_sizes 'lines; 800 at most'

clean_tree
{ printf 'int\nlong_one(void)\n{\n' && yes '	event_do();' | head -n 70 && printf '}\n'; } >>src/base/low.c
finds check_sizes 'long_one has'

clean_tree
{ printf 'int\nhard_one(int i)\n{\n' && yes '	if (i++) i--;' | head -n 20 && printf '}\n'; } >>src/base/low.c
finds check_sizes 'hard_one has complexity 21'

clean_tree
printf 'void lvn_low_copy(char *to) { strcpy(to, "x"); }\n' >>src/base/low.c
finds check_banned 'strcpy is banned'

clean_tree
printf 'void *lvn_low_new(void) { return malloc(1); }\n' >>src/base/low.c
finds check_banned 'malloc is banned'

clean_tree
printf '/* strcpy(a, b) and "malloc(1)" */\n' >>src/base/low.c
passes check_banned

clean_tree
printf 'int   lvn_low_spaces;\n' >>src/base/low.c
finds check_format 'src/base/low.c:9: not laid out'

clean_tree
printf '/* TO%s: later */\n' DO >>src/base/low.c
finds check_names 'unfinished work'

clean_tree
printf '/* see /ho%s/somebody/notes */\n' me >>src/base/low.c
finds check_names 'a path of one machine'

clean_tree
printf '/* After t%sh end. */\n' e >>src/base/low.c
finds check_spelling 'src/base/low.c'

clean_tree
sed -i 1d src/base/low.c
finds check_names 'no line SPDX'

exit $failed
