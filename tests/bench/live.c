/* SPDX-License-Identifier: MIT */
/*
 * live: from just before write() of a log line to the kernel matching a packet of the client that it names.
 * usage: live LOG PID FIRST rate LINES_S SECONDS OFFENCE_PERCENT PATIENCE
 *        live LOG PID FIRST burst BANS KINDS FAMILIES PATIENCE
 *
 * PID is the daemon's, for its CPU time. Offences are of fresh clients: 10.0.0.0/8 from number FIRST on, which routes of type
 * local make our own. A client is banned when a datagram from it to port 9 arrives: the rules there let pass who is
 * in a list. One such probe is some 5 us, whatever the list holds, so a ban is seen within that time.
 * Prints tab-separated: lines/s, percent, samples, median, 99th percentile and maximum in us, CPU us a line,
 * ms from the last line to its ban, samples that were not seen in time. burst: bans in place, ms, CPU us a line.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 9, LINE = 512, SAMPLES = 65536 };

#define SECOND 1000000000LL

struct client {
	unsigned number;
	bool v6;
};

struct bench {
	int log, in[2]; /* in: by family */
	long pid;
	unsigned next; /* client */
	int64_t patience;
	int64_t *late;
	size_t late_n, lost;
	unsigned spread, skip; /* offences between two samples: any number up to spread */
};

/* What postfix writes; the first is a block list's, the others each earn another offence. */
static const char *const offences[] = {
	"smtpd[4242]: NOQUEUE: reject: RCPT from unknown[%s]: 554 5.7.1 Service unavailable; Client host [%s] blocked using bl.example; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>",
	"smtpd[4242]: NOQUEUE: reject: RCPT from unknown[%s]: 550 5.1.1 <c@d.example>: Recipient address rejected: User unknown in local recipient table; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>",
	"smtpd[4242]: NOQUEUE: reject: RCPT from unknown[%s]: 450 4.1.8 <a@no.example>: Sender address rejected: Domain not found; from=<a@no.example> to=<c@d.example> proto=ESMTP helo=<x>",
	"smtpd[4242]: NOQUEUE: reject: RCPT from unknown[%s]: 450 4.7.25 Client host rejected: cannot find your hostname, [%s]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x>",
	"smtpd[4242]: NOQUEUE: reject: RCPT from unknown[%s]: 554 5.7.1 <c@e.example>: Relay access denied; from=<a@b.example> to=<c@e.example> proto=ESMTP helo=<x>",
	"smtpd[4242]: NOQUEUE: reject: RCPT from unknown[%s]: 504 5.5.2 <WIN>: Helo command rejected: need fully-qualified hostname; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<WIN>",
	"smtpd[4242]: warning: unknown[%s]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
	"smtpd[4242]: warning: Connection rate limit exceeded: 61 from unknown[%s] for service smtp",
	"smtpd[4242]: lost connection after RCPT from unknown[%s]",
	"smtpd[4242]: too many errors after RCPT from unknown[%s]",
};

enum { KINDS = sizeof(offences) / sizeof(offences[0]) };

static const char *const others[] = {
	"smtpd[4242]: connect from mail.b.example[203.0.113.5]",
	"smtpd[4242]: 4F2A7A7610A: client=mail.b.example[203.0.113.5]",
	"cleanup[4243]: 4F2A7A7610A: message-id=<20261121104500.4F2A7A7610A@mail.b.example>",
	"qmgr[911]: 4F2A7A7610A: from=<a@b.example>, size=21033, nrcpt=1 (queue active)",
	"lmtp[4250]: 4F2A7A7610A: to=<c@d.example>, relay=mx.d.example[private/dovecot-lmtp], delay=0.4, delays=0.3/0.01/0.01/0.08, dsn=2.0.0, status=sent (250 2.0.0 <c@d.example> Saved)",
	"qmgr[911]: 4F2A7A7610A: removed",
	"smtpd[4242]: disconnect from mail.b.example[203.0.113.5] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
};

enum { OTHERS = sizeof(others) / sizeof(others[0]) };

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- lines ---- */

static void address_text(struct client client, char text[static INET6_ADDRSTRLEN])
{
	unsigned n = client.number;

	if (client.v6) /* a /64 each */
		snprintf(text, INET6_ADDRSTRLEN, "2001:db8:%x:%x::7", n >> 16, n & 0xffff);
	else
		snprintf(text, INET6_ADDRSTRLEN, "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255,
			 n & 255);
}

static size_t put_line(char *to, const char *format, const char *address)
{
	struct timespec t;
	struct tm tm;
	size_t n;
	int m;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	n = strftime(to, LINE, "%FT%T", &tm);
	n += (size_t)snprintf(to + n, LINE - n, ".%06ld+00:00 mx postfix/", t.tv_nsec / 1000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	m = snprintf(to + n, LINE - n - 1, format, address, address);
#pragma GCC diagnostic pop
	n += (size_t)m;
	to[n++] = '\n';
	return n;
}

static size_t offence_line(char *to, struct client client, unsigned kind)
{
	char address[INET6_ADDRSTRLEN];

	address_text(client, address);
	return put_line(to, offences[kind], address);
}

/* ---- the kernel's answer ---- */

static int listener(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in six4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	int on = 1, r;

	if (fd < 0)
		fail("socket");
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	r = family == AF_INET ? bind(fd, (struct sockaddr *)&six4, sizeof(six4))
			      : bind(fd, (struct sockaddr *)&six, sizeof(six));
	if (r < 0)
		fail("bind to port 9");
	return fd;
}

/* A socket whose datagrams come from the client, and go to us. */
static int client_socket(struct client client)
{
	struct sockaddr_in from4 = { .sin_family = AF_INET }, to4 = from4;
	struct sockaddr_in6 from6 = { .sin6_family = AF_INET6 }, to6 = from6;
	int fd = socket(client.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, r;
	char address[INET6_ADDRSTRLEN];

	address_text(client, address);
	to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to6.sin6_addr = in6addr_loopback;
	to4.sin_port = to6.sin6_port = htons(PORT);
	if (client.v6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
		inet_pton(AF_INET6, address, &from6.sin6_addr);
		r = bind(fd, (struct sockaddr *)&from6, sizeof(from6));
		if (r == 0)
			r = connect(fd, (struct sockaddr *)&to6, sizeof(to6));
	} else {
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
		inet_pton(AF_INET, address, &from4.sin_addr);
		r = bind(fd, (struct sockaddr *)&from4, sizeof(from4));
		if (r == 0)
			r = connect(fd, (struct sockaddr *)&to4, sizeof(to4));
	}
	if (fd < 0 || r < 0)
		fail(address);
	return fd;
}

/* Does a datagram from there get to us? That is, is the client in the list? */
static bool is_banned(const struct bench *bench, int fd, struct client client)
{
	unsigned got;

	if (send(fd, &client.number, sizeof(client.number), MSG_DONTWAIT) < 0)
		return false;
	while (recv(bench->in[client.v6], &got, sizeof(got), 0) == sizeof(got))
		if (got == client.number)
			return true;
	return false;
}

/* ---- CPU time ---- */

/* Nanoseconds of the process and of the children that it waited for. */
static int64_t cpu_time(long pid)
{
	char name[64], text[512];
	long user = 0, system = 0;
	struct dirent *entry;
	int64_t sum = 0;
	FILE *file;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%ld/task", pid);
	dir = opendir(name);
	while (dir && (entry = readdir(dir))) {
		int64_t spent = 0;

		snprintf(name, sizeof(name), "/proc/%ld/task/%.20s/schedstat", pid, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(name, "r");
		if (file && fscanf(file, "%" SCNd64, &spent) == 1)
			sum += spent;
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
	snprintf(name, sizeof(name), "/proc/%ld/stat", pid);
	file = fopen(name, "r");
	if (file && fgets(text, sizeof(text), file) && strrchr(text, ')') &&
	    sscanf(strrchr(text, ')'),
		   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld", &user,
		   &system) == 2)
		sum += (user + system) * (SECOND / sysconf(_SC_CLK_TCK));
	if (file)
		fclose(file);
	return sum;
}

/* ---- at a rate ---- */

/* The client whose ban is waited for; one at a time. */
struct sample {
	struct client client;
	int fd; /* < 0: none */
	int64_t since, next;
};

static void begin_sample(struct bench *bench, struct sample *sample, struct client client)
{
	*sample = (struct sample){ .client = client, .fd = client_socket(client) };
	if (is_banned(bench, sample->fd, client)) {
		fputs("live: a datagram of a client without a ban came through\n", stderr);
		exit(1);
	}
}

/* Looks, but not more often than some 2% of what it took so far: who is slow shall have the processor. */
static void look(struct bench *bench, struct sample *sample)
{
	int64_t at = now();
	bool there;

	if (at < sample->next)
		return;
	sched_yield(); /* the daemon may be on this processor */
	there = is_banned(bench, sample->fd, sample->client);
	at = now() - sample->since;
	sample->next = sample->since + at + (at > SECOND / 500 ? at / 50 : 0);
	if (!there && at < bench->patience)
		return;
	if (!there)
		bench->lost++;
	else if (bench->late_n < SAMPLES)
		bench->late[bench->late_n++] = at;
	close(sample->fd);
	sample->fd = -1;
}

static void rest(int64_t until)
{
	struct timespec t = { until / SECOND, until % SECOND };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void write_line(struct bench *bench, struct sample *sample, bool offence)
{
	static unsigned turn;
	struct client client = { .number = bench->next };
	bool marked = offence && sample->fd < 0 && bench->skip == 0;
	char line[LINE];
	size_t n;

	/* The next one after the last ban was seen would always come just after the daemon has woken up. */
	if (marked)
		bench->skip = (unsigned)random() % (bench->spread + 1);
	else if (offence && sample->fd < 0)
		bench->skip--;
	if (marked)
		begin_sample(bench, sample, client);
	if (offence)
		n = offence_line(line, client, 0);
	else
		n = put_line(line, others[turn++ % OTHERS], "");
	bench->next += offence;
	if (marked)
		sample->since = sample->next = now();
	if (write(bench->log, line, n) != (ssize_t)n)
		fail("write");
}

static void wait_for(struct bench *bench, struct sample *sample)
{
	while (sample->fd >= 0) {
		look(bench, sample);
		if (sample->fd >= 0 && sample->next > now() + SECOND / 10000)
			rest(sample->next);
	}
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double late_us(const struct bench *bench, double share)
{
	size_t i = (size_t)(share * (double)bench->late_n);

	if (bench->late_n == 0)
		return -1;
	return (double)bench->late[i < bench->late_n ? i : bench->late_n - 1] / 1e3;
}

static void at_rate(struct bench *bench, double rate, double seconds, long percent)
{
	long lines = (long)(rate * seconds), done = 0;
	int64_t start, cpu = cpu_time(bench->pid), last;
	struct sample sample = { .fd = -1 };
	long dealt = 0;

	bench->late = calloc(SAMPLES, sizeof(*bench->late));
	if (!bench->late)
		fail("calloc");
	bench->spread = (unsigned)(rate * (double)percent / 100 * 0.003);
	start = now();
	while (done < lines) {
		int64_t due = start + (int64_t)((double)done / rate * 1e9);

		if (now() >= due) {
			dealt += percent;
			write_line(bench, &sample, dealt >= 100);
			dealt -= dealt >= 100 ? 100 : 0;
			done++;
		} else if (sample.fd < 0) {
			rest(due);
		} else if (sample.next > now() + SECOND / 10000) {
			rest(sample.next < due ? sample.next : due);
		}
		if (sample.fd >= 0)
			look(bench, &sample);
	}
	seconds = (double)(now() - start) / 1e9;
	last = now(); /* one more, behind all others */
	if (sample.fd >= 0)
		close(sample.fd);
	sample.fd = -1;
	bench->skip = 0;
	write_line(bench, &sample, true);
	wait_for(bench, &sample);
	last = now() - last;
	cpu = cpu_time(bench->pid) - cpu;
	qsort(bench->late, bench->late_n, sizeof(*bench->late), by_value);
	printf("%.0f\t%ld\t%zu\t%.1f\t%.1f\t%.1f\t%.2f\t%.2f\t%zu\n", (double)lines / seconds,
	       percent, bench->late_n, late_us(bench, 0.5), late_us(bench, 0.99), late_us(bench, 1),
	       (double)cpu / 1e3 / (double)(lines + 1), (double)last / 1e6, bench->lost);
	free(bench->late);
}

/* ---- at once ---- */

static struct client burst_client(const struct bench *bench, unsigned i, unsigned families)
{
	return (struct client){ bench->next + i, families > 1 && i % 2 };
}

/* Waits for the client's ban, to the end of patience after start. Returns 0, or when it was seen if that was not at once. */
static int64_t see(const struct bench *bench, struct client client, int64_t start, bool *there)
{
	int fd = client_socket(client);
	int64_t at = 0;

	while (!(*there = is_banned(bench, fd, client))) {
		at = now();
		if (at - start > bench->patience)
			break;
		if (at - start > SECOND / 10)
			rest(at + SECOND / 1000);
	}
	close(fd);
	return at ? now() : 0;
}

/*
 * A look at each takes longer than the daemon needs for it. So the last client of each list first, then all others: as a rule
 * they are there at the first look.
 */
static void at_once(struct bench *bench, unsigned bans, unsigned kinds, unsigned families)
{
	char *text = malloc((size_t)bans * LINE);
	int64_t start, end, cpu = cpu_time(bench->pid);
	unsigned there = 0;
	size_t n = 0;

	if (!text)
		fail("malloc");
	for (unsigned i = 0; i < bans; i++)
		n += offence_line(text + n, burst_client(bench, i, families), i / families % kinds);
	start = end = now();
	if (write(bench->log, text, n) != (ssize_t)n)
		fail("write");
	for (unsigned i = bans; i > 0; i--) {
		bool banned;
		int64_t at = see(bench, burst_client(bench, i - 1, families), start, &banned);

		end = at ? at : end;
		there += banned;
	}
	cpu = cpu_time(bench->pid) - cpu;
	printf("%u\t%u\t%.1f\t%.2f\n", bans, there, (double)(end - start) / 1e6,
	       (double)cpu / 1e3 / (double)bans);
	free(text);
}

int main(int argc, char **argv)
{
	struct bench bench = { .in = { listener(AF_INET), listener(AF_INET6) } };

	if (argc != 9) {
		fputs("usage: live LOG PID FIRST rate LINES_S SECONDS PERCENT PATIENCE\n"
		      "       live LOG PID FIRST burst BANS KINDS FAMILIES PATIENCE\n",
		      stderr);
		return 2;
	}
	prctl(PR_SET_TIMERSLACK, 1UL);
	bench.log = open(argv[1], O_WRONLY | O_APPEND | O_CLOEXEC);
	if (bench.log < 0)
		fail(argv[1]);
	bench.pid = atol(argv[2]);
	bench.next = (unsigned)atol(argv[3]);
	bench.patience = (int64_t)(atof(argv[8]) * 1e9);
	if (strcmp(argv[4], "rate") == 0)
		at_rate(&bench, atof(argv[5]), atof(argv[6]), atol(argv[7]));
	else
		at_once(&bench, (unsigned)atol(argv[5]), (unsigned)atol(argv[6]) % (KINDS + 1),
			(unsigned)atol(argv[7]));
	return 0;
}
