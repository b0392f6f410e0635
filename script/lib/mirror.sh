# shellcheck shell=bash
# The loopback registry that holds the stand-ins for Docker Hub's base images: a docker-registry over a folder in the
# cache, asked by our dockerd as its mirror. Only there when Docker Hub is not.

MIRROR_DATA=$SLIPWAY_CACHE/base-images/registry
MIRROR_STATE=$SLIPWAY_CACHE/engine
MIRROR_PORT=${SLIPWAY_MIRROR_PORT:-5055}

mirror_address() { echo "127.0.0.1:$MIRROR_PORT"; }

mirror_pid() { cat "$MIRROR_STATE/mirror.pid" 2>/dev/null || true; }

mirror_is_up() { process_is "$(mirror_pid)" "$MIRROR_STATE/mirror.yml" && port_answers "$MIRROR_PORT"; }

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Loopback only, no authentication: it holds nothing but public packages.
mirror_config() {
  cat <<YAML
version: 0.1
log: { level: warn }
storage:
  filesystem: { rootdirectory: "$MIRROR_DATA" }
  delete: { enabled: true }
http: { addr: "$(mirror_address)" }
YAML
}

mirror_up() {
  mirror_is_up && return 0
  local registry i
  registry=$(find_tool docker-registry) || die 'Docker Hub is not reachable and there is no registry to serve stand-ins of its images; install docker-registry (Debian: apt-get install docker-registry) or set SLIPWAY_REGISTRY.'
  if port_answers "$MIRROR_PORT"; then die "port $MIRROR_PORT, for the registry of base images, is taken; free it or set SLIPWAY_MIRROR_PORT."; fi
  mkdir -p "$MIRROR_DATA" "$MIRROR_STATE"
  mirror_config >"$MIRROR_STATE/mirror.yml"
  # REGISTRY_ variables of the caller would change its configuration; version 3 would look for a collector of traces.
  env -i PATH="$PATH" HOME="$HOME" OTEL_TRACES_EXPORTER=none setsid "$registry" serve "$MIRROR_STATE/mirror.yml" >"$MIRROR_STATE/mirror.log" 2>&1 </dev/null 9>&- &
  echo $! >"$MIRROR_STATE/mirror.pid"
  for ((i = 0; i < 100; i++)); do
    if mirror_is_up; then return 0; fi
    sleep 0.1
  done
  tail -n 5 "$MIRROR_STATE/mirror.log" >&2
  die "the registry of base images did not start; its log is $MIRROR_STATE/mirror.log."
}

mirror_down() {
  stop_process "$(mirror_pid)" "$MIRROR_STATE/mirror.yml" 5
  rm -f "$MIRROR_STATE/mirror.pid"
}
