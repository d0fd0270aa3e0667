# FoodFast. `make help` lists what there is to make.
#
# Each folder of C is a layer, compiled with only the -I that it may see (SEES_…), so that an #include across layers
# does not build. Everything is built twice by the same rules: into build/ (release) and build/asan/ (ASan + UBSan).
# To add a FastCGI program: cgi-bin/NAME.c with its main, its name in CONTEXTS, and its further files as NAME_*.c. TOOLS likewise.

PORT     ?= 8080
BIND     ?= 127.0.0.1
RUN_DIR  ?= var
STREAMDS ?= 1

CONTEXTS := accounts catalogue orders
TOOLS    := supervise

SEES_lib     := -Ilib
SEES_cgi-bin := -Ilib -Icgi-bin
SEES_streamd := -Ilib -Istreamd
SEES_workers := -Ilib -Iworkers
SEES_tools   := -Itools
SEES_bench   := -Ilib
SEES_tests   := -Ilib -Istreamd -Itests/unit

CC       := gcc
WARNINGS := -Wall -Wextra -Werror -Wno-missing-field-initializers -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wformat=2 -Wvla -Wpointer-arith -Wwrite-strings -Wcast-qual -Wundef -Wimplicit-fallthrough \
            -Wduplicated-cond -Wlogical-op
HARDEN   := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
RELEASE  := -O2 -D_FORTIFY_SOURCE=2
SANITIZE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CPPFLAGS := -D_GNU_SOURCE -isystem /usr/include/postgresql -MMD -MP
CFLAGS    = -std=c17 -g -pthread $(WARNINGS) $(HARDEN) $(MODE)
LDFLAGS   = -pie -pthread $(MODE) -Wl,-z,relro,-z,now -Wl,--as-needed
LDLIBS   := -lfcgi -lpq -ljson-c -lhiredis -ljwt -largon2 -lcrypto

LIB     := $(wildcard lib/*.c)
STREAMD := $(filter-out streamd/main.c,$(wildcard streamd/*.c))
UNITS   := $(wildcard tests/unit/*.c)
SHARED  := $(filter-out $(foreach c,$(CONTEXTS),cgi-bin/$c.c cgi-bin/$c_%.c),$(wildcard cgi-bin/*.c))
SOURCES := $(wildcard lib/*.c cgi-bin/*.c streamd/*.c workers/*.c tools/*.c bench/*.c) $(UNITS)

FCGI     := $(patsubst cgi-bin/%.c,%.fcgi,$(wildcard $(CONTEXTS:%=cgi-bin/%.c)))
DAEMONS  := $(patsubst streamd/main.c,streamd,$(wildcard streamd/main.c)) $(patsubst workers/%.c,%,$(wildcard workers/*.c))
BENCHES  := $(patsubst bench/%.c,bench_%,$(wildcard bench/*.c))
PROGRAMS := $(FCGI) $(DAEMONS) $(TOOLS)
TESTS    := $(patsubst tests/unit/%.c,tests/unit_%,$(UNITS))

.PHONY: all run demo reset test test-long asan bench format lint clean help
.DELETE_ON_ERROR:
.PRECIOUS: build/.packages-%
.SUFFIXES:

all: $(PROGRAMS:%=build/%)

run: all ## start everything: PORT=8080 BIND=127.0.0.1 RUN_DIR=var STREAMDS=1
	@exec tools/foodfast --run-dir "$(RUN_DIR)" --port "$(PORT)" --bind "$(BIND)" --streamds "$(STREAMDS)" --with-parent run

demo: ## play one order by curl against the running instance at PORT
	@exec tools/demo "http://127.0.0.1:$(PORT)"

reset: ## forget the data in RUN_DIR
	@exec tools/foodfast --run-dir "$(RUN_DIR)" reset

test: all $(TESTS:%=build/%) build/.packages-test ## every suite, on an instance of its own; under five minutes
	@exec tests/run

test-long: all $(TESTS:%=build/%) build/.packages-test ## and what takes longer
	@exec tests/run --long

asan: $(PROGRAMS:%=build/asan/%) $(TESTS:%=build/asan/%) build/.packages-test ## unit, end-to-end and fault suites under ASan and UBSan
	@exec tests/run --asan

bench: all $(BENCHES:%=build/%) build/.packages-test build/.packages-bench ## measure, beside what could be reached at best
	@exec node bench/run.mjs

format: | build/.packages-lint ## lay out the C sources
	@clang-format -i $(wildcard $(SOURCES) */*.h tests/unit/*.h)

lint: $(SOURCES:%.c=build/tidy/%) | build/.packages-lint ## layout, clang-tidy, shellcheck
	@clang-format --dry-run -Werror $(wildcard $(SOURCES) */*.h tests/unit/*.h)
	@shellcheck -x $$(grep -lsE '^#!.*\b(ba)?sh$$' tools/* tests/run tests/sql/concurrency/* .ci/run)
	@echo "lint: clean"

clean: ## remove what was built (data stay)
	@rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# Debian packages, installed when they are missing; the stamps keep later builds from looking again.
build/.packages-%: tools/install-packages
	@mkdir -p $(@D)
	@tools/install-packages $*
	@touch $@

# One recipe for every object: $* is lib/db or tests/unit/db, its first folder names the layer.
build/% build/asan/%: MODE = $(RELEASE)
build/asan/%: MODE = $(SANITIZE)
compile = @mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) $(SEES_$(firstword $(subst /, ,$*))) -c -o $@ $<
link    = @mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
archive = @rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)

build/obj/%.o: %.c Makefile | build/.packages-run
	$(compile)
build/asan/obj/%.o: %.c Makefile | build/.packages-run
	$(compile)

# $1: build or build/asan
objects = $(patsubst %.c,$1/obj/%.o,$2)
define targets
$1/lib.a: $(call objects,$1,$(LIB))
	$$(archive)
$1/streamd.a: $(call objects,$1,$(STREAMD))
	$$(archive)
$(foreach c,$(CONTEXTS),$(eval $1/$c.fcgi: $(call objects,$1,$(wildcard cgi-bin/$c.c cgi-bin/$c_*.c))))
$(FCGI:%=$1/%): $(call objects,$1,$(SHARED)) $1/lib.a
	$$(link)
$1/streamd: $1/obj/streamd/main.o $1/streamd.a $1/lib.a
	$$(link)
$(patsubst workers/%.c,$1/%,$(wildcard workers/*.c)): $1/%: $1/obj/workers/%.o $1/lib.a
	$$(link)
$(foreach t,$(TOOLS),$(eval $1/$t: $(call objects,$1,$(wildcard tools/$t.c tools/$t_*.c))))
$(TOOLS:%=$1/%):
	$$(link)
$(BENCHES:%=$1/%): $1/bench_%: $1/obj/bench/%.o $1/lib.a
	$$(link)
$(TESTS:%=$1/%): $1/tests/unit_%: $1/obj/tests/unit/%.o $1/streamd.a $1/lib.a
	$$(link)
endef
$(foreach where,build build/asan,$(eval $(call targets,$(where))))

build/tidy/%: %.c build/obj/%.o .clang-tidy | build/.packages-lint
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(CPPFLAGS) -std=c17 $(SEES_$(firstword $(subst /, ,$*)))
	@touch $@

-include $(foreach where,build build/asan,$(patsubst %.o,%.d,$(call objects,$(where),$(SOURCES))))
