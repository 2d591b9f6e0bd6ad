/* SPDX-License-Identifier: MIT */
#include "cut_control.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon_state.h"
#include "enforce/cut_process.h"
#include "explain.h"
#include "log_events.h"
#include "policy.h"
#include "util/array.h"
#include "util/log.h"

struct cut_control {
	struct daemon *daemon;
	struct cutter *cutter;
	struct sock_diag *diag;
	struct cut_process *proc; /* NULL: no jail signals */
	const char *said;	  /* of the last session that was to end */
	char lacks[320];
};

/* ---- operations ---- */

static int find(void *context, const struct sock_diag_query *query,
		void (*seen)(void *context, const struct sock_diag_socket *socket),
		void *seen_context)
{
	struct cut_control *cutting = context;

	if (cutting->proc)
		cut_process_refresh(cutting->proc);
	return sock_diag_find(cutting->diag, query, seen, seen_context);
}

static int end(void *context, const struct sock_diag_socket *socket, enum cut how)
{
	struct cut_control *cutting = context;
	int r = 0;

	cutting->said = "";
	if (how == CUT_SIGNAL) {
		r = cutting->proc ? cut_process_end(cutting->proc, socket) : -ESRCH;
		cutting->said = cutting->proc ? cut_process_detail(cutting->proc) : "";
	} else if (!daemon_is_dry(cutting->daemon)) {
		r = sock_diag_destroy(cutting->diag, socket);
	}
	return r;
}

static bool held(void *context, const struct prefix *prefix, uint32_t jail)
{
	const struct daemon *daemon = ((struct cut_control *)context)->daemon;
	const struct block_list *list = policy_block_list(daemon->policy, jail);

	return block_list_ask(list, &prefix->addr, NULL) == BLOCK_LIST_HELD;
}

/* A known sender is never cut either, even where the prefix around it is banned. */
static bool ignored(void *context, const struct addr *addr)
{
	const struct daemon *daemon = ((struct cut_control *)context)->daemon;
	const struct spare *spare = engine_spare(daemon->policy->engine);

	return ignore_ip_has(daemon->policy->ignore, addr) ||
	       (spare && spare_is(spare, addr, daemon_now()));
}

/* ---- callbacks ---- */

static void done(void *context, const struct cut_report *report)
{
	const struct daemon *daemon = ((struct cut_control *)context)->daemon;

	log_cut(daemon->policy->jails[report->jail].name, report, daemon_is_dry(daemon),
		daemon_now());
	if (daemon->options.debug)
		explain_cut(daemon, report);
}

static void checked(void *context, const struct cut_candidate *candidate)
{
	struct cut_control *cutting = context;

	if (cutting->daemon->options.debug)
		explain_sight(cutting->daemon, candidate, cutting->said);
	cutting->said = "";
}

/* ---- capability checks ---- */

static uint64_t capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static bool any_jail_cuts(const struct daemon *daemon, enum cut how)
{
	for (uint32_t j = 0; j < daemon->policy->jails_n; j++)
		if (daemon->policy->jail_confs[j]->cut == how)
			return true;
	return false;
}

static void check_signal_capabilities(struct cut_control *cutting)
{
	static const struct {
		unsigned bit;
		const char *name;
	} needs[] = { { CAP_KILL, " CAP_KILL" },
		      { CAP_DAC_READ_SEARCH, " CAP_DAC_READ_SEARCH" },
		      { CAP_SYS_PTRACE, " CAP_SYS_PTRACE" } };
	uint64_t have = capabilities();
	char missing[80] = "";

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!(have >> needs[i].bit & 1))
			strcat(missing, needs[i].name);
	if (*missing)
		snprintf(
			cutting->lacks, sizeof(cutting->lacks),
			"cut = \"signal\" lacks%s in AmbientCapabilities= and "
			"CapabilityBoundingSet=: put relaydam.service.d/cut-signal.conf in force, see "
			"docs/systemd.md; or write cut = \"socket\"",
			missing);
}

static void check_capabilities(struct cut_control *cutting)
{
	const struct daemon *daemon = cutting->daemon;
	int r = sock_diag_probe(cutting->diag);

	if (r == 0 && !(capabilities() >> CAP_NET_ADMIN & 1))
		r = -EPERM;
	*cutting->lacks = '\0';
	if (daemon_is_dry(daemon))
		return;
	if (any_jail_cuts(daemon, CUT_SIGNAL))
		check_signal_capabilities(cutting);
	if (any_jail_cuts(daemon, CUT_SOCKET) && r < 0)
		snprintf(cutting->lacks, sizeof(cutting->lacks), "no session can be cut: %s%s",
			 strerror(-r),
			 r == -EPERM ? "; CAP_NET_ADMIN must be in AmbientCapabilities= and "
				       "CapabilityBoundingSet= of the unit"
			 : r == -EOPNOTSUPP
				 ? "; this kernel was built without CONFIG_INET_DIAG_DESTROY"
				 : "");
	if (*cutting->lacks)
		log_note(LOG_WARNING, cutting->lacks);
}

/* ---- lifecycle ---- */

static int open_proc(struct cut_control *cutting)
{
	const struct daemon *daemon = cutting->daemon;

	cut_process_free(cutting->proc);
	cutting->proc = NULL;
	if (!any_jail_cuts(daemon, CUT_SIGNAL))
		return 0;
	return cut_process_new(&cutting->proc, "/proc", &daemon->policy->config->cut_process,
			       daemon_is_dry(daemon), &cut_process_kernel);
}

int cut_control_start(struct daemon *daemon)
{
	struct cut_control *cutting;
	struct cutter_options options = {
		.after = daemon->policy->config->cut_after,
		.dry_run = daemon_is_dry(daemon),
		.ops = { .find = find, .end = end, .held = held, .ignored = ignored },
		.callbacks = { .done = done, .note = log_callback, .checked = checked },
	};
	int r;

	if (!any_jail_cuts(daemon, CUT_SOCKET) && !any_jail_cuts(daemon, CUT_SIGNAL))
		return 0;
	cutting = calloc(1, sizeof(*cutting));
	if (!cutting)
		return -ENOMEM;
	cutting->daemon = daemon;
	cutting->said = "";
	options.ops.context = options.callbacks.context = cutting;
	r = sock_diag_open(&cutting->diag);
	if (r == 0)
		r = cutter_new(&cutting->cutter, &options);
	if (r == 0)
		r = open_proc(cutting);
	if (r < 0) {
		cut_control_stop(cutting);
		return r;
	}
	check_capabilities(cutting);
	daemon->cuts = cutting;
	return 0;
}

void cut_control_stop(struct cut_control *cutting)
{
	if (!cutting)
		return;
	cutter_free(cutting->cutter);
	sock_diag_close(cutting->diag);
	cut_process_free(cutting->proc);
	free(cutting);
}

void cut_control_reload(struct daemon *daemon, const uint32_t *jail_map)
{
	int r = 0;

	if (!daemon->cuts) {
		r = cut_control_start(daemon);
	} else {
		cutter_reload(daemon->cuts->cutter, daemon->policy->config->cut_after,
			      daemon_is_dry(daemon), jail_map);
		r = open_proc(daemon->cuts);
		check_capabilities(daemon->cuts);
	}
	if (r < 0)
		log_print(LOG_ERR, "sessions are not cut: %s", strerror(-r));
}

void cut_control_ban(struct daemon *daemon, const struct ban *ban, int64_t line, int64_t age)
{
	const struct blocker_conf *blocker =
		&daemon->policy->config
			 ->blockers[daemon->policy->jail_confs[ban->jail]->blocker_index];
	struct cut_order order = { .prefix = ban->prefix,
				   .jail = ban->jail,
				   .how = daemon->policy->jail_confs[ban->jail]->cut,
				   .ports = blocker->ports,
				   .ports_n = blocker->ports_n,
				   .line = line,
				   .age = age };

	if (daemon->cuts && order.how != CUT_NO)
		cutter_add(daemon->cuts->cutter, &order);
}

int64_t cut_control_run(struct daemon *daemon, int64_t now)
{
	return daemon->cuts ? cutter_run(daemon->cuts->cutter, now) : INT64_MAX;
}

uint64_t cut_control_count(const struct cut_control *cutting, enum cut_outcome outcome)
{
	return cutting ? cutter_count(cutting->cutter, outcome) : 0;
}

bool cut_control_blind(const struct cut_control *cutting)
{
	return cutting && cutter_blind(cutting->cutter);
}

const char *cut_control_lacks(const struct cut_control *cutting)
{
	return cutting ? cutting->lacks : "";
}
