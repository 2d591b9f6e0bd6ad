/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: a machine whose clock is set while the program runs. CLOCK_REALTIME is the kernel's plus as many seconds as the
 * file $STEP_FILE says at any moment, for who reads it and for who has a timer on it, as timerfd_create(2) has it: a timer whose
 * time is suddenly past fires at once, one whose time has moved away waits.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { TIMERS = 64, LOOK = 5000 /* microseconds */ };

static struct timer {
	int fd, flags;
	struct itimerspec wanted; /* by the clock that is set */
} timers[TIMERS];
static unsigned timers_n;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic long long offset;

static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_create)(int, int);
static int (*real_settime)(int, int, const struct itimerspec *, struct itimerspec *);

static long long read_offset(void)
{
	const char *path = getenv("STEP_FILE");
	FILE *file = path ? fopen(path, "re") : NULL;
	long long seconds = offset;

	if (file && fscanf(file, "%lld", &seconds) != 1)
		seconds = offset;
	if (file)
		fclose(file);
	return seconds;
}

static int arm(const struct timer *timer, struct itimerspec *old)
{
	struct itimerspec kernel = timer->wanted;

	if (kernel.it_value.tv_sec || kernel.it_value.tv_nsec)
		kernel.it_value.tv_sec -= offset;
	if (kernel.it_value.tv_sec < 0 ||
	    (kernel.it_value.tv_sec == 0 && timer->wanted.it_value.tv_sec))
		kernel.it_value = (struct timespec){ 0, 1 }; /* past */
	return real_settime(timer->fd, timer->flags, &kernel, old);
}

static void *look(void *unused)
{
	for (;; usleep(LOOK)) {
		long long now = read_offset();

		if (now == offset)
			continue;
		pthread_mutex_lock(&lock);
		offset = now;
		for (unsigned i = 0; i < timers_n; i++)
			if (timers[i].flags & TFD_TIMER_ABSTIME)
				arm(&timers[i], NULL);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

__attribute__((constructor)) static void begin(void)
{
	sigset_t all, before;
	pthread_t thread;

	*(void **)&real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	*(void **)&real_create = dlsym(RTLD_NEXT, "timerfd_create");
	*(void **)&real_settime = dlsym(RTLD_NEXT, "timerfd_settime");
	offset = read_offset();
	sigfillset(&all); /* signals are the program's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, look, NULL) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int r;

	if (!real_gettime)
		*(void **)&real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	r = real_gettime(clock, time);
	if (r == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		time->tv_sec += offset;
	return r;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*time = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *to)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (to)
		*to = now.tv_sec;
	return now.tv_sec;
}

int timerfd_create(clockid_t clock, int flags)
{
	int fd = real_create(clock, flags);

	pthread_mutex_lock(&lock);
	if (fd >= 0 && clock == CLOCK_REALTIME) {
		if (timers_n == TIMERS)
			abort();
		timers[timers_n++] = (struct timer){ .fd = fd };
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *wanted, struct itimerspec *old)
{
	int r = 1;

	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < timers_n && (flags & TFD_TIMER_ABSTIME); i++)
		if (timers[i].fd == fd) {
			timers[i].flags = flags;
			timers[i].wanted = *wanted;
			r = arm(&timers[i], old);
		}
	pthread_mutex_unlock(&lock);
	return r == 1 ? real_settime(fd, flags, wanted, old) : r;
}
