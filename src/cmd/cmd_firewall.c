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
	"Manages the firewall rules of the configured blockers. They are in chains\n"
	"relaydam-NAME (iptables) or in a table \"inet relaydam\" (nftables). Nothing else\n"
	"in the firewall is changed.\n\n"
	"      --print          print the input for iptables-restore and nft\n"
	"      --install        create the rules, or correct them\n"
	"      --owner USER     with --install: USER becomes owner of the kernel's lists\n"
	"      --check          print what differs from the configuration, one per line\n"
	"      --remove         remove everything that --install created\n"
	"      --release        undo --owner after the daemon has stopped; the rules stay\n"
	"      --only PART      manage only iptables, ip6tables or nft\n"
	"      --variant NAME   legacy or nft: call iptables-legacy or iptables-nft\n"
	"  -c, --config FILE    configuration (default: " CMD_CONFIG ")\n"
	"  -h, --help           show this help\n\n"
	"Exit codes: 0 done, 1 --check found a difference, 2 usage error,\n"
	"3 configuration error, 4 a program is missing or failed.\n";

enum action { PRINT, INSTALL, CHECK, REMOVE, RELEASE, ACTIONS };
enum { PARTS = BLOCKER_FAMILIES + 1, NFT = BLOCKER_FAMILIES };

static const char *const parts[PARTS] = { "iptables", "ip6tables", "nft" };

struct firewall_command {
	const char *path; /* of the configuration */
	const struct config *config;
	enum action action;
	const char *variant; /* "", "-legacy" or "-nft" */
	const char *owner;
	int only; /* a part, or -1 */
};

/* Sets text to what the statement `put` writes to out; the caller frees it. NULL: no memory. */
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

static const struct firewall_callbacks printing = { .differs = print_difference }, silent = { 0 };

/* Of iptables' error text only the first line is useful. Returns the exit code. */
static int program_failed(const char *name, const struct spawn_result *result)
{
	if (result->code == SPAWN_NOT_THERE)
		cmd_message("%s is not installed: install the package iptables", name);
	else
		cmd_message("%s failed: %.*s", name, (int)strcspn(result->error, "\n"),
			    result->error);
	return EXIT_ENVIRONMENT;
}

static int run_xt(const struct firewall_command *command, enum blocker_family family,
		  const char *verb, const char *input, struct spawn_result *result, bool silently)
{
	char name[48];
	const char *restore_args[] = { name, "--noflush", "-w", "10", NULL };
	const char *save_args[] = { name, "-t", "filter", NULL };
	int r;

	snprintf(name, sizeof(name), "%s%s-%s", parts[family], command->variant, verb);
	r = spawn_run(input ? restore_args : save_args, input ? input : "", result);
	if (r < 0) {
		cmd_message("%s: %s", name, strerror(-r));
		return EXIT_ENVIRONMENT;
	}
	if (result->code == 0)
		return EXIT_DONE;
	r = silently ? EXIT_ENVIRONMENT : program_failed(name, result);
	spawn_free(result);
	return r;
}

/* Runs iptables-restore and discards its output. Frees input; NULL: out of memory. */
static int restore_rules(const struct firewall_command *command, enum blocker_family family,
			 char *input, bool silently)
{
	struct spawn_result result;
	int r = EXIT_ENVIRONMENT;

	if (!input) {
		cmd_message("out of memory");
		return r;
	}
	r = run_xt(command, family, "restore", input, &result, silently);
	if (r == EXIT_DONE)
		spawn_free(&result);
	free(input);
	return r;
}

static int remove_xt(const struct firewall_command *command, enum blocker_family family,
		     const char *saved)
{
	char *input = NULL;

	if (!firewall_xt_any(saved))
		return EXIT_DONE;
	TEXT_OF(input, firewall_xt_remove(out, saved));
	return restore_rules(command, family, input, false);
}

static int install_xt(const struct firewall_command *command, enum blocker_family family,
		      const char *saved)
{
	const struct config *config = command->config;
	char *input = NULL;
	int r;

	if (firewall_xt_check(config, family, saved, &silent) == 0)
		return EXIT_DONE;
	if (firewall_xt_mask_changed(config, family, saved)) {
		r = remove_xt(command, family, saved);
		if (r != EXIT_DONE)
			return r;
		saved = "";
	}
	TEXT_OF(input, firewall_xt_install(out, config, family, saved, false));
	if (restore_rules(command, family, input, true) == EXIT_DONE)
		return EXIT_DONE;
	/* the kernel may lack conntrack; the second attempt prints the error if it fails, too */
	TEXT_OF(input, firewall_xt_install(out, config, family, saved, true));
	return restore_rules(command, family, input, false);
}

static int do_xt(const struct firewall_command *command, enum blocker_family family)
{
	const struct config *config = command->config;
	struct spawn_result save;
	int r;

	if (command->action == PRINT) {
		printf("# %s-restore --noflush -w\n", parts[family]);
		firewall_xt_install(stdout, config, family, "", false);
		return EXIT_DONE;
	}
	r = run_xt(command, family, "save", NULL, &save, false);
	if (r != EXIT_DONE)
		return r;
	if (command->action == CHECK)
		r = firewall_xt_check(config, family, save.output, &printing) > 0 ? EXIT_NO
										  : EXIT_DONE;
	else if (command->action == REMOVE)
		r = remove_xt(command, family, save.output);
	else
		r = install_xt(command, family, save.output);
	spawn_free(&save);
	return r;
}

static int nft_failed(struct libnftables *nft)
{
	cmd_message("nft failed: %s", libnftables_error(nft));
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
	return r < 0 ? nft_failed(nft) : EXIT_DONE;
}

static int with_nft(const struct firewall_command *command, struct libnftables *nft)
{
	const char *listing = "";
	int r = libnftables_text(nft, "list table inet " LIBNFTABLES_TABLE "\n", &listing);
	char *copy;

	if (r < 0 && r != -ENOENT)
		return nft_failed(nft);
	if (command->action == CHECK)
		return firewall_nft_check(command->config, listing, &printing) > 0 ? EXIT_NO
										   : EXIT_DONE;
	if (command->action == REMOVE)
		return r == 0 && libnftables_text(nft, "delete table inet " LIBNFTABLES_TABLE "\n",
						  NULL) < 0
			       ? nft_failed(nft)
			       : EXIT_DONE;
	copy = strdup(listing);
	r = copy ? install_nft(command->config, nft, copy) : EXIT_ENVIRONMENT;
	free(copy);
	return r;
}

static int do_nft(const struct firewall_command *command)
{
	struct libnftables *nft;
	const char *error;
	int r;

	if (command->action == PRINT) {
		puts("# nft -f -");
		firewall_nft_install(stdout, command->config);
		return EXIT_DONE;
	}
	if (libnftables_new(&nft, &error) < 0) {
		cmd_message("%s", error);
		return EXIT_ENVIRONMENT;
	}
	r = with_nft(command, nft);
	libnftables_free(nft);
	return r;
}

static bool selects(const struct firewall_command *command, int part)
{
	if (command->only >= 0)
		return command->only == part;
	if (part == NFT)
		return firewall_has(command->config, BLOCKER_NFT);
	if (part == BLOCKER_V6 && command->action != PRINT &&
	    access("/proc/net/if_inet6", F_OK) < 0)
		return false;
	return firewall_has(command->config, BLOCKER_XT_RECENT);
}

static int each_part(const struct firewall_command *command)
{
	int code = EXIT_DONE;

	for (int part = 0; part < PARTS; part++) {
		int r;

		if (!selects(command, part))
			continue;
		r = part == NFT ? do_nft(command) : do_xt(command, (enum blocker_family)part);
		if (r > code)
			code = r;
	}
	return code;
}

static int owner_failed(int error)
{
	cmd_message("the owner of the lists in /proc/net/xt_recent cannot be set: %s",
		    strerror(-error));
	return EXIT_ENVIRONMENT;
}

/*
 * Sets the owner before the rules, for the lists that they create, and again after them if the
 * first attempt found no module yet. Lists that existed before are changed one by one.
 */
static int install(const struct firewall_command *command)
{
	unsigned uid, gid;
	int r, code;

	if (!command->owner || !firewall_has(command->config, BLOCKER_XT_RECENT))
		return each_part(command);
	if (firewall_owner_parse(command->owner, &uid, &gid) < 0) {
		cmd_message("--owner: there is no user \"%s\"", command->owner);
		return EXIT_ENVIRONMENT;
	}
	r = firewall_owner_set(uid, gid);
	if (r < 0)
		return owner_failed(r);
	code = each_part(command);
	if (r > 0)
		r = firewall_owner_set(uid, gid);
	if (r == 0)
		r = firewall_owner_chown(command->config, uid, gid);
	firewall_owner_save_capacity();
	return r < 0 ? owner_failed(r) : code;
}

static int run_action(const struct firewall_command *command)
{
	int code, r;

	if (command->action != PRINT && geteuid() != 0) {
		cmd_message(
			"only root may read or change the firewall: run this command as root, or "
			"use --print");
		return EXIT_ENVIRONMENT;
	}
	if (command->action == INSTALL && command->config->dry_run) {
		cmd_message("nothing installed: %s has dry_run = true; set it to false first",
			    command->path);
		return EXIT_DONE;
	}
	if (command->action == INSTALL)
		return install(command);
	code = each_part(command);
	/* lists of another part still exist and may have an owner */
	if (command->action != REMOVE || command->only >= 0)
		return code;
	firewall_owner_remove_capacity();
	r = firewall_owner_restore();
	return r < 0 ? owner_failed(r) : code;
}

static int release_owner(void)
{
	int r = firewall_owner_restore();

	return r < 0 ? owner_failed(r) : EXIT_DONE;
}

static int read_variant(void *into, const char *text)
{
	struct firewall_command *command = into;

	if (strcmp(text, "legacy") == 0)
		command->variant = "-legacy";
	else if (strcmp(text, "nft") == 0)
		command->variant = "-nft";
	else
		cmd_message("--variant must be legacy or nft, not \"%s\"", text);
	return *command->variant ? 0 : -EINVAL;
}

static int read_only(void *into, const char *text)
{
	struct firewall_command *command = into;

	for (int part = 0; part < PARTS; part++)
		if (strcmp(parts[part], text) == 0)
			command->only = part;
	if (command->only < 0)
		cmd_message("--only must be iptables, ip6tables or nft, not \"%s\"", text);
	return command->only < 0 ? -EINVAL : 0;
}

static int run_with_config(struct firewall_command *command)
{
	struct config *config;
	int r = cmd_config(&config, command->path);

	if (r != EXIT_DONE)
		return r;
	command->config = config;
	r = run_action(command);
	config_free(config);
	return cmd_flush(r);
}

static int usage_error(const char *text)
{
	cmd_message("%s", text);
	return cmd_usage_error("firewall");
}

int cmd_firewall(int argc, char **argv)
{
	struct firewall_command command = { .path = CMD_CONFIG, .variant = "", .only = -1 };
	bool chosen[ACTIONS] = { false };
	const struct options_entry options[] = {
		{ .name = "print", .flag = &chosen[PRINT] },
		{ .name = "install", .flag = &chosen[INSTALL] },
		{ .name = "check", .flag = &chosen[CHECK] },
		{ .name = "remove", .flag = &chosen[REMOVE] },
		{ .name = "release", .flag = &chosen[RELEASE] },
		{ .name = "owner", .text = &command.owner },
		{ .name = "only", .take = read_only, .into = &command },
		{ .name = "variant", .take = read_variant, .into = &command },
		{ .name = "config", .letter = 'c', .text = &command.path },
		{ .name = NULL },
	};
	int r = options_read(argc, argv, options, help), n = 0;

	if (r != OPTIONS_GO_ON)
		return r;
	for (enum action action = PRINT; action < ACTIONS; action++) {
		n += chosen[action];
		command.action = chosen[action] ? action : command.action;
	}
	if (n != 1 || optind < argc)
		return usage_error(
			"firewall needs one of --print, --install, --check, --remove, --release");
	if (command.owner && command.action != INSTALL)
		return usage_error("--owner can only be used with --install");
	return command.action == RELEASE ? release_owner() : run_with_config(&command);
}
