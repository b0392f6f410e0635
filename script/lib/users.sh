# shellcheck shell=bash
# Who uses our engine: one file a process. The last to leave stops it, unless `script/engine up` asked to keep it.

ENGINE_USERS=$SLIPWAY_CACHE/engine/users

# process_birth <pid>: its start time, which with the pid names a process for good.
process_birth() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

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
