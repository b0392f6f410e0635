# shellcheck shell=bash
# The Docker engine: the one that runs, or one of our own for as long as somebody uses it.
# Ours keeps everything in the cache folder but the socket, which lies where people's `docker` looks for it.

ENGINE=$SLIPWAY_CACHE/engine
ENGINE_SOCKET=${SLIPWAY_ENGINE_SOCKET:-/var/run/docker.sock}

docker_cli() {
  local docker
  docker=$(find_tool docker) || return 1
  if have timeout; then timeout 10 "$docker" "$@"; else "$docker" "$@"; fi
}

engine_answers() { docker_cli version --format '{{.Server.Version}}' >/dev/null 2>&1; }

engine_pid() { cat "$ENGINE/docker.pid" 2>/dev/null || true; }

# Its data-root tells our dockerd from anybody else's.
our_engine_is_up() { process_is "$(engine_pid)" "--data-root=$ENGINE/docker"; }

# Our socket is not the default one only when somebody asked for it; then every client must be told.
export_docker_host() {
  if [ -n "${SLIPWAY_ENGINE_SOCKET:-}" ]; then export DOCKER_HOST="unix://$ENGINE_SOCKET"; fi
}

# Unix socket addresses hold 107 bytes; containerd's and the plug-ins' lie below this folder.
exec_root() {
  local folder=$ENGINE/exec
  if [ ${#folder} -gt 50 ]; then folder=/run/slipway-$(printf '%s' "$ENGINE" | cksum | cut -d' ' -f1); fi
  echo "$folder"
}

# A bridge with a larger MTU than the way out loses big packets where path discovery is filtered.
outward_mtu() {
  local device
  device=$(awk '$2 == "00000000" { print $1; exit }' /proc/net/route)
  cat "/sys/class/net/$device/mtu" 2>/dev/null || echo 1500
}

# Some kernels have only the older iptables; dockerd runs whichever `iptables` comes first on its PATH.
iptables_path() {
  iptables -t nat -L -n >/dev/null 2>&1 && return 0
  have iptables-legacy && iptables-legacy -t nat -L -n >/dev/null 2>&1 || return 0
  mkdir -p "$ENGINE/sbin"
  ln -sf "$(command -v iptables-legacy)" "$ENGINE/sbin/iptables"
  ln -sf "$(command -v ip6tables-legacy)" "$ENGINE/sbin/ip6tables"
  echo "$ENGINE/sbin:"
}

# Without an init system nobody may have mounted them, and no container starts.
mount_cgroups() {
  if ! grep -q '^cgroup' /proc/self/mounts; then mount -t cgroup2 cgroup2 /sys/fs/cgroup; fi
}

start_dockerd() {
  local dockerd=$1 mirror=() i
  if uses_stand_ins; then
    mirror_up
    mirror=("--registry-mirror=http://$(mirror_address)")
  fi
  mkdir -p "$ENGINE/docker" "$(exec_root)" "$(dirname "$ENGINE_SOCKET")"
  # A killed dockerd leaves pid files, which it believes as long as anything has these numbers: another program, a zombie.
  rm -f "$ENGINE/docker.pid" "$(exec_root)/containerd/containerd.pid"
  mount_cgroups
  PATH="$(iptables_path)$PATH" setsid "$dockerd" \
    --host="unix://$ENGINE_SOCKET" --data-root="$ENGINE/docker" --exec-root="$(exec_root)" \
    --pidfile="$ENGINE/docker.pid" --mtu="$(outward_mtu)" --log-level=warn "${mirror[@]}" \
    >"$ENGINE/dockerd.log" 2>&1 </dev/null 9>&- &
  local pid=$!
  for ((i = 0; i < 300; i++)); do
    if our_engine_is_up && engine_answers; then return 0; fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 8 "$ENGINE/dockerd.log" >&2
  stop_process "$pid" "--data-root=$ENGINE/docker" 10
  mirror_down
  die "dockerd did not start; its log is $ENGINE/dockerd.log."
}

# no_engine: the one sentence about what is missing, or nothing where we can start our own.
no_engine() {
  if [ -n "${DOCKER_HOST:-}" ] && [ -z "${SLIPWAY_ENGINE_SOCKET:-}" ]; then
    die "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST; start it, or unset DOCKER_HOST."
  fi
  is_linux || die 'no Docker engine runs, and images are built and services run by one; start Docker Desktop (or colima, or OrbStack) and run this again.'
  is_root || die 'no Docker engine answers, and only root can start one; start it (sudo systemctl start docker), make sure that your user is in the group docker, and run this again.'
  { find_tool docker && find_tool dockerd; } >/dev/null || die 'there is no Docker engine, and images are built and services run by one; install it (Debian: apt-get install docker.io) and run this again.'
}

# Our dockerd cannot reach its base images when their registry has died.
mend_mirror() {
  if process_is "$(engine_pid)" "--registry-mirror=http://$(mirror_address)"; then mirror_up; fi
}

# Call with the engine lock held.
engine_up() {
  export_docker_host
  if engine_answers; then
    mend_mirror
    return 0
  fi
  no_engine
  # One of ours that is there but does not answer, or what a killed one has left.
  if our_engine_is_up || our_containerd_is_up; then engine_down; fi
  say "starting a Docker engine of our own ($(find_tool dockerd))"
  start_dockerd "$(find_tool dockerd)"
}

containerd_pid() { cat "$(exec_root)/containerd/containerd.pid" 2>/dev/null || true; }

our_containerd_is_up() { process_is "$(containerd_pid)" "$(exec_root)"; }

# Nor do the shims of its containers go with a dockerd that was in a hurry.
stop_left_shims() {
  local cmdline pid
  for cmdline in /proc/[0-9]*/cmdline; do
    pid=${cmdline//[!0-9]/}
    if process_is "$pid" containerd-shim; then stop_process "$pid" "-address $(exec_root)/" 5; fi
  done
}

# dockerd mounts its data-root on itself, and a killed one leaves that, and its containers' mounts, behind.
unmount_left() {
  local folder
  while read -r folder; do umount "$folder" 2>/dev/null || umount -l "$folder" || true; done \
    < <(awk -v a="$ENGINE/" -v b="$(exec_root)/" 'index($2, a) == 1 || index($2, b) == 1 { print $2 }' /proc/self/mounts | sort -r)
}

# Stops what engine_up started, and nothing else. Call with the engine lock held.
engine_down() {
  export_docker_host
  if our_engine_is_up; then
    say 'stopping our Docker engine'
    stop_process "$(engine_pid)" "--data-root=$ENGINE/docker" 30
  fi
  # A killed dockerd leaves its containerd behind, which then holds the containers.
  stop_process "$(containerd_pid)" "$(exec_root)" 10
  mirror_down
  stop_left_shims
  unmount_left
  rm -f "$ENGINE/docker.pid" "$ENGINE/kept"
}
