# shellcheck shell=bash
# Brings a tool that is nowhere into the cache: the official download where it is reachable, else a build with Go.
# Each arrives under its final name in one step, so a stopped installation leaves nothing that looks finished.

TEMPORAL_VERSION=1.5.1
REGISTRY_VERSION=3.0.0

# why <tool>: what Slipway does with it, for the sentence about its absence.
why() {
  case $1 in
    temporal) echo 'the Temporal CLI, whose dev server keeps the state of every release' ;;
    docker-buildx) echo 'Docker buildx, which builds the images' ;;
    docker-registry) echo "Docker's registry, which holds the images of the local ECR" ;;
  esac
}

how() {
  case $1 in
    temporal) echo 'install it (macOS: brew install temporal) or Go 1.24 or newer' ;;
    docker-buildx) echo 'install it (it comes with Docker Desktop; Docker'\''s packages call it docker-buildx-plugin) or Go 1.24 or newer' ;;
    docker-registry) echo 'install Go 1.24 or newer, which builds it here (Debian: apt-get install docker-registry)' ;;
  esac
}

platform() { echo "$(uname -s | tr '[:upper:]' '[:lower:]')-$(native_architecture)"; }

# program_in <tool>: what the program is called in its own release.
program_in() { if [ "$1" = docker-registry ]; then echo registry; else echo "$1"; fi; }

# download_tool <tool> <folder>: returns 1, quietly, where there is none for this platform or it is not reachable.
download_tool() {
  local line address checksum
  line=$(grep -E "^$1 +$(platform) " "$SLIPWAY_LIB/downloads") || return 1
  read -r _ _ checksum address <<<"$line"
  say "downloading $1"
  node "$SLIPWAY_LIB/download.js" "$address" "$checksum" "$2/download" 2>"$SLIPWAY_CACHE/logs/$1-download.log" || return 1
  case $address in
    *.tar.gz) tar -xzf "$2/download" -C "$2" "$(program_in "$1")" ;;
    *) mv "$2/download" "$2/$1" && chmod 755 "$2/$1" ;;
  esac
}

# build_tool <tool> <folder>: at low priority, as the rest of the set-up goes on meanwhile.
# buildx has a go.mod of its own here: its exclude directives make `go install package@version` refuse it.
build_tool() {
  local folder=$2
  case $1 in
    temporal)
      GOFLAGS='' GOBIN=$folder nice -n 5 go install -trimpath \
        -ldflags "-s -w -X github.com/temporalio/cli/temporalcli.Version=$TEMPORAL_VERSION" \
        "github.com/temporalio/cli/cmd/temporal@v$TEMPORAL_VERSION"
      ;;
    docker-buildx)
      (cd "$SLIPWAY_LIB/buildx" && GOFLAGS='-mod=readonly -buildvcs=false' nice -n 5 go build -trimpath \
        -ldflags '-s -w -X github.com/docker/buildx/version.Version=v0.20.1' \
        -o "$folder/docker-buildx" github.com/docker/buildx/cmd/buildx)
      ;;
    docker-registry)
      GOFLAGS='' GOBIN=$folder nice -n 5 go install -trimpath -ldflags '-s -w' \
        "github.com/distribution/distribution/v3/cmd/registry@v$REGISTRY_VERSION"
      ;;
  esac
}

install_tool() {
  local tool=$1 folder
  find_tool "$tool" >/dev/null && return 0
  # A stopped installation leaves its folder for the next to clear away.
  folder=$SLIPWAY_CACHE/work/$tool
  rm -rf "$folder"
  mkdir -p "$SLIPWAY_BIN" "$SLIPWAY_CACHE/logs" "$folder"
  if ! download_tool "$tool" "$folder"; then
    have go || { rm -rf "$folder"; die "$(why "$tool"), is missing and could not be downloaded; $(how "$tool"), or set $(variable_of "$tool") to its path."; }
    say "building $tool with Go, as its download is not reachable (this takes two minutes or three, once)"
    quietly "$SLIPWAY_CACHE/logs/$tool.log" build_tool "$tool" "$folder" || { rm -rf "$folder"; die "$(why "$tool"), could not be built; $(how "$tool"), or set $(variable_of "$tool") to its path."; }
  fi
  if [ -e "$folder/$(program_in "$tool")" ]; then mv "$folder/$(program_in "$tool")" "$SLIPWAY_BIN/$tool"; fi
  if [ -e "$folder/$tool" ]; then mv "$folder/$tool" "$SLIPWAY_BIN/$tool"; fi
  rm -rf "$folder"
}

ensure_tool() { find_tool "$1" >/dev/null || one_at_a_time "$1" install_tool "$1"; }
