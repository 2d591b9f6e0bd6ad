/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "enforce/firewall.h"
#include "enforce/firewall_owner.h"
#include "net/libnftables.h"
#include "options.h"
#include "util/spawn.h"

static const char help[] =
	"Usage: relaydam firewall [-c FILE] --print | --install | --check | --remove |\n"
	"                                   --release\n"
	"The kernel's rules for the configured blockers, in chains and a table of their\n"
	"own. Nothing else of your firewall is touched.\n\n"
	"      --print          what would be given to iptables-restore and nft\n"
	"      --install        makes the rules, or makes them right\n"
	"      --owner USER     with --install: the kernel's lists belong to that user\n"
	"      --check          says what is different, a line each; exit code 1: some is\n"
	"      --remove         takes away all that --install made\n"
	"      --release        takes back what --owner set, for the daemon's end; the\n"
	"                       rules stay\n"
	"      --only PART      iptables, ip6tables or nft alone\n"
	"      --variant NAME   legacy or nft: iptables-legacy or iptables-nft\n"
	"  -c, --config FILE    default " CMD_CONFIG "\n"
	"      --help\n\n"
	"Exit codes: 0 done, 1 --check found a difference, 4 a program failed or is\n"
	"missing.\n";

enum action { PRINT, INSTALL, CHECK, REMOVE, RELEASE, ACTIONS };
enum { PARTS = BLOCKER_FAMILIES + 1, NFT = BLOCKER_FAMILIES };

static const char *const parts[PARTS] = { "iptables", "ip6tables", "nft" };

struct firewall {
	const char *path; /* of the configuration */
	const struct config *config;
	enum action action;
	const char *variant; /* "", "-legacy" or "-nft" */
	const char *owner;
	int only; /* a part, or -1 */
};

/* The text that put() writes; free() it. NULL without memory. */
#define TEXT_OF(text, put)                                                                         \
	do {                                                                                       \
		size_t size_;                                                                      \
		FILE *out = open_memstream(&(text), &size_);                                       \
                                                                                                   \
		if (out) {                                                                         \
			put;                                                                       \
			fclose(out);                                                               \
		}                                                                                  \
	} while (0)

static void print_difference(void *context, const char *text)
{
	(void)context;
	puts(text);
}

static const struct firewall_callbacks loud = { .differs = print_difference }, silent = { 0 };

/* iptables says what it thinks in several lines, the first of which tells. */
static int complain_of(const char *name, const struct spawn_result *result)
{
	if (result->code == SPAWN_NOT_THERE)
		cmd_complain("%s is not there: install the package iptables", name);
	else
		cmd_complain("%s failed: %.*s", name, (int)strcspn(result->error, "\n"),
			     result->error);
	return EXIT_ENVIRONMENT;
}

static int run_xt(const struct firewall *firewall, enum blocker_family family, const char *verb,
		  const char *input, struct spawn_result *result, bool silently)
{
	char name[48];
	const char *restore[] = { name, "--noflush", "-w", "10", NULL };
	const char *save[] = { name, "-t", "filter", NULL };
	int r;

	snprintf(name, sizeof(name), "%s%s-%s", parts[family], firewall->variant, verb);
	r = spawn_run(input ? restore : save, input ? input : "", result);
	if (r < 0) {
		cmd_complain("%s: %s", name, strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	if (result->code == 0)
		return EXIT_DONE;
	r = silently ? EXIT_ENVIRONMENT : complain_of(name, result);
	spawn_free(result);
	return r;
}

/* One restore, its output thrown away. input is freed. */
static int restore(const struct firewall *firewall, enum blocker_family family, char *input,
		   bool silently)
{
	struct spawn_result result;
	int r = EXIT_ENVIRONMENT;

	if (!input)
		return r;
	r = run_xt(firewall, family, "restore", input, &result, silently);
	if (r == EXIT_DONE)
		spawn_free(&result);
	free(input);
	return r;
}

static int remove_xt(const struct firewall *firewall, enum blocker_family family, const char *saved)
{
	char *input = NULL;

	if (!firewall_xt_any(saved))
		return EXIT_DONE;
	TEXT_OF(input, firewall_xt_remove(out, saved));
	return restore(firewall, family, input, false);
}

static int install_xt(const struct firewall *firewall, enum blocker_family family,
		      const char *saved)
{
	const struct config *config = firewall->config;
	char *input = NULL;
	int r;

	if (firewall_xt_check(config, family, saved, &silent) == 0)
		return EXIT_DONE;
	if (firewall_xt_mask_changed(config, family, saved)) {
		r = remove_xt(firewall, family, saved);
		if (r != EXIT_DONE)
			return r;
		saved = "";
	}
	TEXT_OF(input, firewall_xt_install(out, config, family, saved, false));
	if (restore(firewall, family, input, true) == EXIT_DONE)
		return EXIT_DONE;
	/* a kernel without conntrack, or a mistake, of which the second try will tell */
	TEXT_OF(input, firewall_xt_install(out, config, family, saved, true));
	return restore(firewall, family, input, false);
}

static int do_xt(const struct firewall *firewall, enum blocker_family family)
{
	const struct config *config = firewall->config;
	struct spawn_result save;
	int r;

	if (firewall->action == PRINT) {
		printf("# %s-restore --noflush -w\n", parts[family]);
		firewall_xt_install(stdout, config, family, "", false);
		return EXIT_DONE;
	}
	r = run_xt(firewall, family, "save", NULL, &save, false);
	if (r != EXIT_DONE)
		return r;
	if (firewall->action == CHECK)
		r = firewall_xt_check(config, family, save.output, &loud) > 0 ? EXIT_NO : EXIT_DONE;
	else if (firewall->action == REMOVE)
		r = remove_xt(firewall, family, save.output);
	else
		r = install_xt(firewall, family, save.output);
	spawn_free(&save);
	return r;
}

static int nft_complain(struct libnftables *nft)
{
	cmd_complain("nft failed: %s", libnftables_error(nft));
	return EXIT_ENVIRONMENT;
}

static int install_nft(const struct config *config, struct libnftables *nft, const char *listing)
{
	char *commands = NULL;
	int r;

	if (firewall_nft_check(config, listing, &silent) == 0)
		return EXIT_DONE;
	TEXT_OF(commands, firewall_nft_install(out, config));
	r = commands ? libnftables_text(nft, commands, NULL) : -ENOMEM;
	free(commands);
	return r < 0 ? nft_complain(nft) : EXIT_DONE;
}

static int with_nft(const struct firewall *firewall, struct libnftables *nft)
{
	const char *listing = "";
	int r = libnftables_text(nft, "list table inet " LIBNFTABLES_TABLE "\n", &listing);
	char *copy;

	if (r < 0 && r != -ENOENT)
		return nft_complain(nft);
	if (firewall->action == CHECK)
		return firewall_nft_check(firewall->config, listing, &loud) > 0 ? EXIT_NO
										: EXIT_DONE;
	if (firewall->action == REMOVE)
		return r == 0 && libnftables_text(nft, "delete table inet " LIBNFTABLES_TABLE "\n",
						  NULL) < 0
			       ? nft_complain(nft)
			       : EXIT_DONE;
	copy = strdup(listing);
	r = copy ? install_nft(firewall->config, nft, copy) : EXIT_ENVIRONMENT;
	free(copy);
	return r;
}

static int do_nft(const struct firewall *firewall)
{
	struct libnftables *nft;
	const char *why;
	int r;

	if (firewall->action == PRINT) {
		puts("# nft -f -");
		firewall_nft_install(stdout, firewall->config);
		return EXIT_DONE;
	}
	if (libnftables_new(&nft, &why) < 0) {
		cmd_complain("%s", why);
		return EXIT_ENVIRONMENT;
	}
	r = with_nft(firewall, nft);
	libnftables_free(nft);
	return r;
}

static bool wanted(const struct firewall *firewall, int part)
{
	if (firewall->only >= 0)
		return firewall->only == part;
	if (part == NFT)
		return firewall_has(firewall->config, BLOCKER_NFT);
	if (part == BLOCKER_V6 && firewall->action != PRINT &&
	    access("/proc/net/if_inet6", F_OK) < 0)
		return false;
	return firewall_has(firewall->config, BLOCKER_XT_RECENT);
}

static int each_part(const struct firewall *firewall)
{
	int code = EXIT_DONE;

	for (int part = 0; part < PARTS; part++) {
		int r;

		if (!wanted(firewall, part))
			continue;
		r = part == NFT ? do_nft(firewall) : do_xt(firewall, (enum blocker_family)part);
		if (r > code)
			code = r;
	}
	return code;
}

static int owner_failed(int error)
{
	cmd_complain("the owner of xt_recent's lists cannot be set: %s", strerror(-error));
	return EXIT_ENVIRONMENT;
}

/* Before, so that new lists are made right; afterwards for those that were there, and where the module came with them. */
static int install(const struct firewall *firewall)
{
	unsigned uid, gid;
	int r, code;

	if (!firewall->owner || !firewall_has(firewall->config, BLOCKER_XT_RECENT))
		return each_part(firewall);
	if (firewall_owner_parse(firewall->owner, &uid, &gid) < 0) {
		cmd_complain("there is no user \"%s\"", firewall->owner);
		return EXIT_ENVIRONMENT;
	}
	r = firewall_owner_set(uid, gid);
	if (r < 0)
		return owner_failed(r);
	code = each_part(firewall);
	if (r > 0)
		r = firewall_owner_set(uid, gid);
	if (r == 0)
		r = firewall_owner_chown(firewall->config, uid, gid);
	firewall_owner_save_capacity();
	return r < 0 ? owner_failed(r) : code;
}

static int act(const struct firewall *firewall)
{
	int code, r;

	if (firewall->action != PRINT && geteuid() != 0) {
		cmd_complain(
			"the kernel's firewall is root's: run this as root; --print shows what "
			"would be done");
		return EXIT_ENVIRONMENT;
	}
	if (firewall->action == INSTALL && firewall->config->dry_run) {
		cmd_complain("nothing installed: the configuration says dry_run = true");
		return EXIT_DONE;
	}
	if (firewall->action == INSTALL)
		return install(firewall);
	code = each_part(firewall);
	/* the lists of the other family may still be there, and somebody's */
	if (firewall->action != REMOVE || firewall->only >= 0)
		return code;
	firewall_owner_remove_capacity();
	r = firewall_owner_restore();
	return r < 0 ? owner_failed(r) : code;
}

static int release(void)
{
	int r = firewall_owner_restore();

	return r < 0 ? owner_failed(r) : EXIT_DONE;
}

static int read_variant(void *into, const char *text)
{
	struct firewall *firewall = into;

	if (strcmp(text, "legacy") == 0)
		firewall->variant = "-legacy";
	else if (strcmp(text, "nft") == 0)
		firewall->variant = "-nft";
	else
		cmd_complain("--variant is legacy or nft, not \"%s\"", text);
	return *firewall->variant ? 0 : -EINVAL;
}

static int read_only(void *into, const char *text)
{
	struct firewall *firewall = into;

	for (int part = 0; part < PARTS; part++)
		if (strcmp(parts[part], text) == 0)
			firewall->only = part;
	if (firewall->only < 0)
		cmd_complain("--only is iptables, ip6tables or nft, not \"%s\"", text);
	return firewall->only < 0 ? -EINVAL : 0;
}

static int run(struct firewall *firewall)
{
	struct config *config;
	int r = cmd_config(&config, firewall->path);

	if (r != EXIT_DONE)
		return r;
	firewall->config = config;
	r = act(firewall);
	config_free(config);
	return cmd_flush(r);
}

static int usage_error(const char *why)
{
	cmd_complain("%s", why);
	return cmd_usage_error("firewall");
}

int cmd_firewall(int argc, char **argv)
{
	struct firewall firewall = { .path = CMD_CONFIG, .variant = "", .only = -1 };
	bool asked[ACTIONS] = { false };
	const struct options_entry options[] = {
		{ .name = "print", .flag = &asked[PRINT] },
		{ .name = "install", .flag = &asked[INSTALL] },
		{ .name = "check", .flag = &asked[CHECK] },
		{ .name = "remove", .flag = &asked[REMOVE] },
		{ .name = "release", .flag = &asked[RELEASE] },
		{ .name = "owner", .text = &firewall.owner },
		{ .name = "only", .take = read_only, .into = &firewall },
		{ .name = "variant", .take = read_variant, .into = &firewall },
		{ .name = "config", .letter = 'c', .text = &firewall.path },
		{ .name = NULL },
	};
	int r = options_read(argc, argv, options, help), n = 0;

	if (r != OPTIONS_GO_ON)
		return r;
	for (enum action action = PRINT; action < ACTIONS; action++) {
		n += asked[action];
		firewall.action = asked[action] ? action : firewall.action;
	}
	if (n != 1 || optind < argc)
		return usage_error(
			"firewall wants one of --print, --install, --check, --remove, --release");
	if (firewall.owner && firewall.action != INSTALL)
		return usage_error("--owner goes with --install");
	return firewall.action == RELEASE ? release() : run(&firewall);
}
