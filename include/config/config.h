/* SPDX-License-Identifier: MIT */
/*
 * config: reads and checks the configuration: relaydam.conf and, in the same directory,
 * filters/NAME.conf for each filter that it names.
 */
#ifndef RELAYDAM_CONFIG_CONFIG_H
#define RELAYDAM_CONFIG_CONFIG_H

#include "config/diagnostics.h"
#include "engine/fairness.h"
#include "engine/filters.h"
#include "engine/ignore_ip.h"
#include "engine/jail.h"
#include "logline/log_clock.h"

enum {
	CONFIG_PORTS = 15, /* limit of iptables' multiport */
	CONFIG_JAILS = 64,
	CONFIG_BLOCKERS = 64,
};

enum cut { CUT_NO, CUT_SOCKET, CUT_SIGNAL };
enum blocker_type { BLOCKER_XT_RECENT, BLOCKER_NFT, BLOCKER_PRINT };

/* The name of the type in the configuration. */
const char *blocker_type_name(enum blocker_type type);

struct blocker_conf {
	char *name;
	enum blocker_type type;
	char *list, *list6; /* the kernel's lists; list6 defaults to LIST6 */
	uint16_t ports[CONFIG_PORTS];
	size_t ports_n;
	int64_t seconds; /* option --seconds of the kernel's rule, in microseconds */
	int64_t prefix4, prefix6;
	char **chains;
	bool update; /* --update instead of --rcheck */
	unsigned line;
};

/* Does the jail have a higher limit for known senders? AUTO: if its blocker refuses port 25. */
enum spare_word { SPARE_AUTO, SPARE_NO, SPARE_YES };

/* See spare.h and fuse.h. */
struct spare_conf {
	bool on;
	int64_t delivered, within, factor;
};
struct fuse_conf {
	bool on;
	int64_t spared, share, rate, least, within;
};

struct jail_conf {
	char *name, *blocker;
	uint32_t offences;
	int64_t maxretry, findtime, bantime, prefix4, prefix6;
	int64_t bantime_factor, bantime_max, bantime_decay;
	int64_t busy, calm; /* per cent of the sessions */
	int64_t sessions;   /* most sessions of the server; 0: read from Postfix's configuration */
	enum cut cut;
	enum spare_word spare; /* after config_load() never SPARE_AUTO */
	enum distinct distinct;
	bool enabled, when_busy;
	size_t blocker_index; /* in config.blockers */
	unsigned line;
};

/* For cut = "signal": see cut_process.h. name NULL: not configured. */
struct cut_process_conf {
	char *name;   /* of the process whose command line names the client */
	char *holder; /* of its ancestor, at most `depth` levels up, that holds the connection */
	char *parent; /* of the holder's parent */
	int64_t depth;
	bool even_smtpd; /* an smtpd may be signalled, too, see config_never_signalled() */
	unsigned line;
};

/* A log source: a file or the journal. No sources: "auto". */
struct source_conf {
	char *file;	/* NULL: the journal */
	char **journal; /* units; NULL: a file */
	unsigned line;
};

/* An example line of a rule: it must match (is_hit), or must not. */
struct example {
	uint32_t rule; /* index in filters */
	bool is_hit;
	char *text, *program; /* program NULL: the rule's first */
	char *addr;	      /* of a hit */
	int64_t port, weight; /* expected; 0: not checked */
	char *file;
	unsigned line;
};

struct config {
	char *path;
	struct source_conf *sources;
	size_t sources_n;
	char **filter_names;
	enum matcher matcher;
	struct filters *filters;
	struct example *examples;
	size_t examples_n;
	struct prefix *ignored;
	size_t ignored_n;
	struct ignore_ip *ignore;
	char **ignorehost;
	struct spare_conf spare;
	struct fuse_conf fuse;
	struct blocker_conf *blockers;
	size_t blockers_n;
	struct jail_conf *jails;
	size_t jails_n;
	size_t table_memory; /* bytes */
	int64_t cut_after;   /* microseconds */
	struct cut_process_conf cut_process;
	char *log_tz, *state_dir, *runtime_dir;
	bool dry_run;	  /* the daemon and `firewall --install` change nothing in the kernel */
	struct zone zone; /* of log_tz */
};

/*
 * Reads and checks path and its filters. Returns 0 and sets *out (free with config_free()); 1 after
 * adding each error to problems; or -errno when the file cannot be read.
 */
int config_load(struct config **out, const char *path, struct diagnostics *problems);
void config_free(struct config *config);

/*
 * Must a process of this name never get the signal of cut = "signal", because it serves other
 * clients as well? True for smtpd unless even_smtpd: Postfix's smtpd serves further clients.
 */
bool config_never_signalled(const char *process, bool even_smtpd);

/* Path of the file of a filter; the caller frees it. NULL when out of memory. */
char *config_filter_path(const char *config_path, const char *name);

/*
 * The enabled jails in the form that the engine needs; the caller frees the array. only: the names
 * of the jails to return, ended by NULL; NULL: all.
 */
int config_jails(const struct config *config, const char *const *only, struct jail **out,
		 uint32_t *n);

/* The settings of known senders and of fuses in the form that the engine needs. */
struct spare_rule config_spare(const struct config *config);
struct fuse_rule config_fuse(const struct config *config);

#endif
