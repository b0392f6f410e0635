# shellcheck shell=bash
# Shared by every script here: where things lie, how to speak, how to take turns.
# Sourced, never run. Callers have set -euo pipefail.

SLIPWAY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SLIPWAY_CACHE=${SLIPWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway}
export SLIPWAY_CACHE

# Debian keeps dockerd and iptables here, and a plain user's PATH does not.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# All words for people go to stderr, so that stdout stays for what a caller asked for.
say() { printf 'slipway: %s\n' "$*" >&2; }

# die <sentence>: what is missing, why it is needed, how to get it.
die() {
  say "$*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" = 0 ]; }

is_linux() { [ "$(uname -s)" = Linux ]; }

# Debian and its children: the only systems where we install packages ourselves.
is_debian() { is_linux && [ -e /etc/debian_version ] && have apt-get; }

# quietly <log> <command...>: the output goes to a file; its end is shown when the command fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    say "failed: $* (all of it: $log)"
    return 1
  fi
}

# content_hash <files and folders, relative to the checkout>: one hash over names and contents.
content_hash() {
  (cd "$SLIPWAY_ROOT" && node script/lib/content-hash.js "$@")
}

# one_at_a_time <name> <command...>: two scripts that need the same thing made wait for each other.
# A Mac has no flock; it also never builds what needs this.
one_at_a_time() {
  local name=$1
  shift
  if ! have flock; then
    "$@"
    return
  fi
  mkdir -p "$SLIPWAY_CACHE/locks"
  (
    exec 9>"$SLIPWAY_CACHE/locks/$name"
    if ! flock -n 9; then
      say "waiting for another script that is busy with $name"
      flock 9
    fi
    "$@"
  )
}

# process_is <pid> <text>: is this pid alive, and is it the program we mean? Pids are reused after a crash.
process_is() {
  [ -n "$1" ] && [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2"
}

# stop_process <pid> <text> <seconds>: TERM, wait, and only then KILL; only if it is the program we mean.
stop_process() {
  local pid=$1 text=$2 seconds=$3 i
  process_is "$pid" "$text" || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  for ((i = 0; i < seconds * 10; i++)); do
    process_is "$pid" "$text" || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

# end_tree <pid>: a process of ours and all it has started; the parent first, so that it does not complain of the others.
end_tree() {
  local child children
  children=$(cat "/proc/$1/task/$1/children" 2>/dev/null || pgrep -P "$1" 2>/dev/null || true)
  kill -TERM "$1" 2>/dev/null || true
  for child in $children; do end_tree "$child"; done
}

# end_trees <children...>: all of these, and no sooner back than they are gone. For the end of a script.
end_trees() {
  local child
  trap '' INT TERM HUP
  for child in "$@"; do end_tree "$child"; done
  wait
}
