# shellcheck shell=bash
# Who uses our engine: one file a process. The last to leave stops it, unless `script/engine up` asked to keep it.

ENGINE_USERS=$SLIPWAY_CACHE/engine/users

# process_birth <pid>: its start time, which with the pid names a process for good.
process_birth() {
  if is_linux; then sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; else ps -o lstart= -p "$1" 2>/dev/null || true; fi
}

join_engine() {
  mkdir -p "$ENGINE_USERS"
  process_birth $$ >"$ENGINE_USERS/$$"
}

leave_engine() { rm -f "$ENGINE_USERS/$$"; }

# Users that were killed could not leave; their files are swept here.
engine_has_users() {
  local file
  for file in "$ENGINE_USERS"/*; do
    [ -e "$file" ] || continue
    if [ "$(process_birth "${file##*/}")" = "$(cat "$file")" ]; then return 0; fi
    rm -f "$file"
  done
  return 1
}

# Both with the engine lock held.
hold_engine() {
  engine_up
  join_engine
  ensure_binfmt
}

release_engine() {
  leave_engine
  if our_engine_is_up && [ ! -e "$ENGINE/kept" ] && ! engine_has_users; then engine_down; fi
}
