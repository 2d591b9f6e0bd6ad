# shellcheck shell=bash
# Commands side by side, each one's output when it has ended: `job COMMAND...` as often as wanted, then `jobs_end`. status is 1 when one
# of them failed. jobs_most of them at a time; as many as there are processors.
# shellcheck disable=SC2034 # status is for who sources this
jobs_most=$(nproc) jobs_n=0 status=0

job() {
	[ $jobs_n -lt "$jobs_most" ] || job_ended
	(
		code=0
		out=$("$@" 2>&1) || code=$?
		[ -z "$out" ] || printf '%s\n' "$out"
		exit $code
	) &
	jobs_n=$((jobs_n + 1))
}
job_ended() {
	wait -n || status=1
	jobs_n=$((jobs_n - 1))
}
jobs_end() { while [ $jobs_n != 0 ]; do job_ended; done; }
