# SPDX-License-Identifier: MIT
# `make help` lists what can be made.

VERSION := 0.1
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
# systemd looks below /usr/local and /usr; for another PREFIX name its directories.
SYSTEMDDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
MANDIR ?= $(PREFIX)/share/man
MODPROBEDIR ?= $(SYSCONFDIR)/modprobe.d
CC ?= gcc
CFLAGS ?= -O3 -g
BUILD ?= build
TARGET ?= relaydam
# Optimisation across files: some 7% of a replay, for half a minute of building. What is installed has it, see `release`.
LTO ?=
FUZZ_SECONDS ?= 60

# All cores; `make -j1` still means one.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

PKGS := libpcre2-8 libconfig jansson zlib liblzma libzstd sqlite3 libsystemd
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
# Debian 12 has no .pc file of bzip2.
PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lbz2
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wvla -Werror
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Iinclude $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS)
ALL_LDLIBS = $(PKG_LIBS) -pthread $(LDLIBS)
# Programs beside relaydam, of its own objects.
LINK = $(CC) $(ALL_CFLAGS) $(if $(LTO),-fno-lto)

SOURCES := $(wildcard src/*.c src/*/*.c)
OBJS := $(patsubst src/%.c,$(BUILD)/%.o,$(filter-out src/main.c,$(SOURCES)))
UNIT := $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))

all: $(TARGET) ## build ./relaydam

$(TARGET): $(BUILD)/main.o $(OBJS)
	$(CC) $(CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(ALL_LDLIBS)

$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LTO) -MMD -MP -c -o $@ $<

RELEASE := $(BUILD)/release
release: ## build what is installed, optimised across files: BUILD/release/relaydam
	$(MAKE) LTO='-flto=auto -ffat-lto-objects' BUILD=$(RELEASE) TARGET=$(RELEASE)/relaydam $(RELEASE)/relaydam

$(BUILD)/replay/html_report.o: src/replay/html_report.html

# Its assembler text is not seen across modules.
$(BUILD)/replay/html_report.o: LTO :=

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d)

check: ## unit tests and replay cases, with sanitizers, by gcc and by clang
	tests/check.sh

$(BUILD)/e2e_%: tests/e2e/%.c $(OBJS)
	$(LINK) -o $@ $< $(OBJS) $(ALL_LDLIBS)

e2e: $(TARGET) $(BUILD)/e2e_block $(BUILD)/e2e/tail ## on the real kernel, with a real Postfix and systemd, in namespaces; as root
	tests/e2e.sh ./$(TARGET) $(BUILD)

layers: $(BUILD)/main.o $(OBJS) ## no circle, no folder uses one that stands behind it, the core calls no clock, no file, no log
	tests/layers.py $(BUILD)

lint: ## clang-format, clang-tidy, cppcheck, mandoc, shellcheck
	tests/lint.sh

page: $(TARGET) ## the page of `replay --html` in a real browser
	tests/page.sh ./$(TARGET)

$(BUILD)/e2e/tail: tests/e2e/tail.c $(OBJS)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(ALL_LDLIBS)

fuzz: ## each fuzzer for FUZZ_SECONDS (default 60)
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh

bench: ## bench-replay, bench-live and bench-cut, one after the other
	$(MAKE) bench-replay
	$(MAKE) bench-live
	$(MAKE) bench-cut

bench-replay: release $(BUILD)/bench/genlog ## speed beside wc, rg and pcre2grep on a log of BENCH_BYTES (default 1G)
	tests/bench/replay.sh $(RELEASE)/relaydam $(BUILD)/bench/genlog conf/relaydam.conf

bench-live: release $(BUILD)/bench/live ## from a log line to the kernel's list, beside fail2ban; as root, 3 minutes
	tests/bench/live.sh $(RELEASE)/relaydam $(BUILD)/bench/live $(BUILD)/root/mx

bench-follow: $(BUILD)/bench/follow ## from a line's write() to its callback, at several rates
	$(BUILD)/bench/follow

bench-cut: $(BUILD)/bench/cut ## what ending a session costs, with 300 and with 3,000 of them; as root
	@if [ "$$(id -u)" = 0 ]; then unshare -p -f --mount-proc --kill-child $(BUILD)/bench/cut; \
	else echo "bench-cut: SKIPPED: it wants root"; fi

bench-wave: release ## a spam wave against a real Postfix, behind each defence in turn; as root, 20 minutes
	tests/bench/wave.sh $(RELEASE)/relaydam $(BUILD)

$(BUILD)/bench/cut: tests/bench/cut.c $(OBJS)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(ALL_LDLIBS)

bench-flood: release $(BUILD)/bench/flood $(BUILD)/bench/hits ## ten million clients: memory, cost of a hit, pauses, offenders banned
	tests/bench/flood.sh $(RELEASE)/relaydam $(BUILD)/bench/flood $(BUILD)/bench/hits

$(BUILD)/bench/hits: tests/bench/hits.c $(OBJS)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(ALL_LDLIBS)

$(BUILD)/bench/flood: tests/bench/flood.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE -O2 $(WARNINGS) -o $@ $<

$(BUILD)/bench/follow: tests/bench/follow.c $(OBJS)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(ALL_LDLIBS)

$(BUILD)/bench/live: tests/bench/live.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE -O2 $(WARNINGS) -o $@ $<

$(BUILD)/bench/genlog: $(filter-out $(addprefix tests/bench/,cut.c flood.c follow.c hits.c live.c),$(wildcard tests/bench/*.c tests/bench/*.h))
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -D_GNU_SOURCE -O2 $(WARNINGS) \
		-o $@ $(filter %.c,$^)

# For the unit tests, which include a module's .c and link the rest.
unit-tests: $(UNIT:%=$(BUILD)/test_%)

$(BUILD)/test_%: tests/unit/test_%.c $(OBJS)
	$(LINK) -Isrc -Itests/unit -o $@ $< \
		$(filter-out %/$*.o,$(OBJS)) $(ALL_LDLIBS) -lcmocka

# A daemon with canned answers, for tests/control.sh
$(BUILD)/serve: tests/control/serve.c $(OBJS)
	$(LINK) -o $@ $< $(OBJS) $(ALL_LDLIBS)
# Whose messages journald must not drop.
RATE_UNITS := postfix postfix@ dovecot exim4 sendmail opensmtpd courier-mta cyrus-imapd

$(BUILD)/nomem: tests/nomem/nomem.c $(OBJS)
	$(LINK) -o $@ $< $(OBJS) $(ALL_LDLIBS) \
		-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup,--wrap=strndup

SAN := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

nomem: ## each allocation of the daemon fails in turn, with sanitizers
	$(MAKE) -s CFLAGS='$(SAN)' LTO= BUILD=$(BUILD)/gcc-san $(BUILD)/gcc-san/nomem
	tests/nomem.sh $(BUILD)/gcc-san/nomem

# Profiles are merged when a process ends, and of threads when atomic.
COVERAGE := -O0 -g --coverage -fprofile-update=atomic

coverage: ## line coverage of src/ by the tests, in BUILD/coverage; as root with those e2e tests that need no lab
	$(MAKE) -s CFLAGS='$(COVERAGE)' LTO= BUILD=$(BUILD)/coverage TARGET=$(BUILD)/coverage/relaydam \
		$(addprefix $(BUILD)/coverage/,relaydam serve nomem e2e_block) unit-tests
	tests/coverage.sh $(BUILD)/coverage 90

soak: $(BUILD)/bench/flood ## floods, rotations, reloads, control clients at once for SOAK_SECONDS (600), with sanitizers; as root
	$(MAKE) -s CFLAGS='$(SAN)' LTO= BUILD=$(BUILD)/gcc-san TARGET=$(BUILD)/gcc-san/relaydam $(BUILD)/gcc-san/relaydam
	tests/soak.sh $(BUILD)/gcc-san/relaydam $(BUILD)/bench/flood

# PROGRAM: another build than the release.
install: $(if $(PROGRAM),,release) ## into PREFIX and SYSCONFDIR, below DESTDIR; keeps a configuration that is there
	install -D -m 755 $(or $(PROGRAM),$(RELEASE)/relaydam) $(DESTDIR)$(PREFIX)/bin/relaydam
	install -d $(DESTDIR)$(SYSCONFDIR)/relaydam/filters
	for f in conf/filters/*.conf; do \
		install -m 644 $$f $(DESTDIR)$(SYSCONFDIR)/relaydam/filters/; done
	install -D -m 644 conf/completion/relaydam.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/relaydam
	for page in docs/*.[58]; do \
		install -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; done
	test -e $(DESTDIR)$(SYSCONFDIR)/relaydam/relaydam.conf || \
		install -m 644 conf/relaydam.conf $(DESTDIR)$(SYSCONFDIR)/relaydam/relaydam.conf

	install -d $(DESTDIR)$(SYSTEMDDIR) $(DESTDIR)$(MODPROBEDIR)
	sed 's,/usr/local/bin/,$(PREFIX)/bin/,' systemd/relaydam.service > $(DESTDIR)$(SYSTEMDDIR)/relaydam.service
	chmod 644 $(DESTDIR)$(SYSTEMDDIR)/relaydam.service
	install -D -m 644 systemd/cut-signal.conf \
		$(DESTDIR)$(SYSTEMDDIR)/relaydam.service.d/cut-signal.conf.off
	install -D -m 644 systemd/relaydam.sysusers $(DESTDIR)$(SYSUSERSDIR)/relaydam.conf
	install -D -m 644 systemd/relaydam.tmpfiles $(DESTDIR)$(TMPFILESDIR)/relaydam.conf
	for u in $(RATE_UNITS); do install -D -m 644 systemd/postfix-journal-rate.conf \
		$(DESTDIR)$(SYSTEMDDIR)/$$u.service.d/relaydam.conf || exit 1; done
	test -e $(DESTDIR)$(MODPROBEDIR)/relaydam.conf || \
		install -m 644 conf/modprobe.d/relaydam.conf $(DESTDIR)$(MODPROBEDIR)/relaydam.conf

deb: ## a package for Debian 12, in BUILD/deb; wants tests/deps.sh deb, which it calls
	tests/deps.sh deb
	debian/package.sh $(BUILD)/deb $(DEB_VERSION)

deb-check: ## the same, twice: same bytes, hardened, lintian has nothing to say
	tests/deps.sh deb
	tests/deb.sh $(BUILD)

clean: ## remove what was built
	rm -rf $(BUILD) $(TARGET)

print-libs: # what a program of these objects is compiled and linked with
	@echo $(PKG_CFLAGS) $(PKG_LIBS)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 12

.PHONY: print-libs all release check layers lint page fuzz bench bench-replay bench-live bench-cut bench-follow bench-flood bench-wave \
	unit-tests install deb deb-check clean help e2e nomem soak coverage
.DELETE_ON_ERROR:
.SECONDARY:
