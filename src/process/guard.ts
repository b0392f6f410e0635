/**
 * A tiny shell that every child process starts through, so that the child's whole process group dies with
 * the worker, also when the worker is killed with SIGKILL.
 */

/** File descriptor of the pipe that the worker holds open while it lives. */
export const LIFELINE_FD = 3;

/**
 * The script is constant: the command comes as "$@". A watcher, adopted by init so that the command does not
 * see a child it did not start, waits for the end of the pipe and kills the group. `exec` then puts the
 * command in the shell's place, so that its exit code and signals pass through; the watcher alone keeps the
 * pipe. TERM is ignored by the watcher, as it must outlive the grace that a group gets.
 */
const SCRIPT = `
((
  trap '' TERM INT HUP QUIT
  read -r nothing
  kill -9 -$$
) <&${LIFELINE_FD} >/dev/null 2>&1 &)
exec "$@" ${LIFELINE_FD}<&-
`;

export const guarded = (argv: readonly [string, ...string[]]): [string, string[]] => [
  '/bin/sh',
  ['-c', SCRIPT, 'slipway-guard', ...argv],
];
