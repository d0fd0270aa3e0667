# FoodFast. `make help` lists what there is to make.
#
# Each folder of C is a layer, compiled with only the -I that it may see (SEES_…), so that an #include across layers
# does not build. Everything is built twice by the same rules: into build/ (release) and build/asan/ (ASan + UBSan).
# To add a FastCGI program: cgi-bin/NAME.c with its main, its name in CONTEXTS, and its further files as NAME_*.c. TOOLS likewise.

PORT     ?= 8080
BIND     ?= 127.0.0.1
RUN_DIR  ?= var
STREAMDS ?= 1
TLS      ?=
TLS_PORT ?= $(shell expr $(PORT) + 363)

CONTEXTS := accounts catalogue orders payments
TOOLS    := supervise sandbox

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
LDLIBS   := -lfcgi -lpq -ljson-c -lhiredis -ljwt -largon2 -lcrypto -lcurl -lmicrohttpd -lz

LIB     := $(wildcard lib/*.c)
STREAMD := $(filter-out streamd/main.c,$(wildcard streamd/*.c))
UNITS   := $(wildcard tests/unit/*.c)
CONFORM := $(wildcard tests/conformance/*.c)
SHARED  := $(filter-out $(foreach c,$(CONTEXTS),cgi-bin/$c.c cgi-bin/$c_%.c),$(wildcard cgi-bin/*.c))
SOURCES := $(wildcard lib/*.c cgi-bin/*.c streamd/*.c workers/*.c tools/*.c bench/*.c) $(UNITS) $(CONFORM)

FCGI     := $(patsubst cgi-bin/%.c,%.fcgi,$(wildcard $(CONTEXTS:%=cgi-bin/%.c)))
DAEMONS  := $(patsubst streamd/main.c,streamd,$(wildcard streamd/main.c)) $(patsubst workers/%.c,%,$(wildcard workers/*.c))
BENCHES  := bench_bare bench_hash bench_hello bench_record bench_statement bench_streams
PROGRAMS := $(FCGI) $(DAEMONS) $(TOOLS)
TESTS    := $(patsubst tests/unit/%.c,tests/unit_%,$(UNITS))
VENDOR   := build/vendor/socket.io.esm.min.js

.PHONY: all run demo reset test test-long asan chaos conformance-server bench bench-hash bench-rest bench-streams format lint clean help
.DELETE_ON_ERROR:
.PRECIOUS: build/.packages-%
.SUFFIXES:

all: $(PROGRAMS:%=build/%) $(VENDOR)

run: all ## start everything: PORT=8080 BIND=127.0.0.1 RUN_DIR=var STREAMDS=1 SANDBOX_PORT=18080; TLS=1 TLS_PORT=8443: by HTTPS
	@exec tools/foodfast --run-dir "$(RUN_DIR)" --port "$(PORT)" --bind "$(BIND)" --streamds "$(STREAMDS)" \
		$(if $(SANDBOX_PORT),--sandbox-port "$(SANDBOX_PORT)") \
		$(if $(TLS),--tls "$(TLS)" --tls-port "$(TLS_PORT)" $(if $(TLS_CERTIFICATE),--tls-certificate "$(TLS_CERTIFICATE)" --tls-key "$(TLS_KEY)")) --with-parent run

demo: ## play one order by curl against the running instance at PORT
	@$(if $(TLS),CURL_CA_BUNDLE="$(RUN_DIR)/tls/ca.pem" exec tools/demo "https://127.0.0.1:$(TLS_PORT)",exec tools/demo "http://127.0.0.1:$(PORT)")

reset: ## forget the data in RUN_DIR
	@exec tools/foodfast --run-dir "$(RUN_DIR)" reset

test: all conformance-server $(TESTS:%=build/%) build/.packages-test build/tools/promtool ## every suite, on an instance of its own; some minutes
	@exec tests/run

test-long: all conformance-server $(TESTS:%=build/%) build/.packages-test build/tools/promtool ## and what takes longer
	@exec tests/run --long

chaos: all build/.packages-test ## kill everything under load, and compare with the log: SECONDS=60 SEED=…
	@exec tests/run chaos "$(SECONDS)" "$(SEED)"

asan: $(PROGRAMS:%=build/asan/%) $(TESTS:%=build/asan/%) build/asan/conformance-server build/.packages-test ## unit, end-to-end and fault suites under ASan and UBSan
	@exec tests/run --asan

conformance-server: build/conformance-server ## a server for suites that try protocols: build/conformance-server PORT

bench: all $(BENCHES:%=build/%) build/.packages-test build/.packages-bench ## measure, beside what could be reached at best
	@exec node bench/run.mjs

bench-streams: all $(BENCHES:%=build/%) build/.packages-test build/.packages-bench-streams build/.npm-peers ## streams beside their peers: PEERS="streamd bare" CLIENTS="1000 10000" RUNS=3
	@ulimit -Sn "$$(ulimit -Hn)"; PEERS="$(PEERS)" CLIENTS="$(CLIENTS)" RUNS="$(RUNS)" exec node bench/streams.mjs

bench-rest: all $(BENCHES:%=build/%) build/.packages-test build/.packages-bench build/.packages-bench-rest build/.npm-peers ## REST beside its peers and limits: PEERS="foodfast fastify" CALLS="me order" RUNS=5 LASTING=4
	@PEERS="$(PEERS)" CALLS="$(CALLS)" RUNS="$(RUNS)" LASTING="$(LASTING)" exec node bench/rest_peers.mjs

bench-hash: build/bench_hash ## what hashing a password costs on this machine
	@exec build/bench_hash

format: | build/.packages-lint ## lay out the C sources
	@clang-format -i $(wildcard $(SOURCES) */*.h tests/unit/*.h tests/conformance/*.h)

lint: $(SOURCES:%.c=build/tidy/%) | build/.packages-lint ## layout, clang-tidy, shellcheck
	@clang-format --dry-run -Werror $(wildcard $(SOURCES) */*.h tests/unit/*.h tests/conformance/*.h)
	@shellcheck -x $$(grep -lsE '^#!.*\b(ba)?sh$$' tools/* tests/run tests/sql/concurrency/* .ci/run)
	@echo "lint: clean"

clean: ## remove what was built (data stay)
	@rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile

# Debian packages, installed when they are missing; the stamps keep later builds from looking again.
build/.packages-%: tools/install-packages
	@mkdir -p $(@D)
	@tools/install-packages $*
	@touch $@

# What pages load that is not ours, by npm. Without its registry everything else is built and runs; the pages then say what
# is missing, and the next make tries again.
NPM_CI := npm ci --prefix build/npm --ignore-scripts --no-audit --no-fund --silent --fetch-timeout=20000 \
          --fetch-retries=1 --fetch-retry-mintimeout=500 --fetch-retry-maxtimeout=1000
$(VENDOR): tools/browser/package.json tools/browser/package-lock.json | build/.packages-run
	@mkdir -p build/npm $(@D) && cp $^ build/npm/
	@if timeout 120 $(NPM_CI) >/dev/null 2>&1 && cp build/npm/node_modules/socket.io-client/dist/$(@F) $(@D)/; \
	then touch $@; else echo "npm cannot get socket.io-client: all goes on without it, and the pages offer no Socket.IO"; fi

# promtool alone out of its Debian package, for its server is not wanted here. Without it one test fails and says so.
build/tools/promtool: | build/.packages-test
	@mkdir -p $(@D)
	@cd $(@D) && apt-get -qq -o APT::Sandbox::User=root download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >$(@F).new \
	&& chmod +x $(@F).new && mv $(@F).new $(@F) && rm prometheus_*.deb || echo "apt-get cannot download prometheus; apt-get update may help"

# The packages of the servers that streamd is measured against.
build/.npm-peers: bench/peers/package-lock.json build/.packages-test
	@cd bench/peers && npm ci --silent --no-audit --no-fund
	@touch $@

# Of the tools supervise stands alone, and the sandbox is a program like others.
build/obj/tools/sandbox% build/asan/obj/tools/sandbox% build/tidy/tools/sandbox build/tidy/tools/sandbox%: SEES_tools = -Ilib -Itools

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
$1/shared.a: $(call objects,$1,$(SHARED))
	$$(archive)
$(FCGI:%=$1/%): $1/shared.a $1/lib.a
	$$(link)
$1/streamd: $1/obj/streamd/main.o $1/streamd.a $1/lib.a
	$$(link)
$(patsubst workers/%.c,$1/%,$(wildcard workers/*.c)): $1/%: $1/obj/workers/%.o $1/lib.a
	$$(link)
$(foreach t,$(TOOLS),$(eval $1/$t: $(call objects,$1,$(wildcard tools/$t.c tools/$t_*.c))))
$1/sandbox: $1/lib.a
$(TOOLS:%=$1/%):
	$$(link)
$(foreach b,$(BENCHES),$(eval $1/$b: $(call objects,$1,$(wildcard $(b:bench_%=bench/%.c) $(b:bench_%=bench/%_*.c)))))
$(BENCHES:%=$1/%): $1/lib.a
	$$(link)
$1/conformance-server: $(call objects,$1,$(CONFORM)) $1/streamd.a $1/lib.a
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
