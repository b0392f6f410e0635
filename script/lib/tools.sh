# shellcheck shell=bash
# Where each tool is: its environment variable, then PATH, then the cache folder. How it gets into the cache: install.sh.

SLIPWAY_BIN=$SLIPWAY_CACHE/bin

# variable_of <tool>: the variable that overrides everything else.
variable_of() {
  case $1 in
    temporal) echo SLIPWAY_TEMPORAL ;;
    docker) echo SLIPWAY_DOCKER ;;
    dockerd) echo SLIPWAY_DOCKERD ;;
    docker-buildx) echo SLIPWAY_BUILDX ;;
    docker-registry) echo SLIPWAY_REGISTRY ;;
    *) die "no tool is called $1" ;;
  esac
}

# names_of <tool>: what it may be called on PATH.
names_of() {
  case $1 in
    docker-buildx) echo 'docker-buildx buildx' ;;
    # A `registry` on PATH could be anything; Debian's name is sure.
    *) echo "$1" ;;
  esac
}

# Docker looks for its plugins here (docker's cli/cli-plugins/manager, macOS app included).
plugin_folders() {
  printf '%s\n' "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins" \
    /usr/local/lib/docker/cli-plugins /usr/local/libexec/docker/cli-plugins \
    /usr/lib/docker/cli-plugins /usr/libexec/docker/cli-plugins \
    /Applications/Docker.app/Contents/Resources/cli-plugins /opt/homebrew/lib/docker/cli-plugins
}

# A variable that names nothing stops everything, at once: it would be a surprise to go on with another tool.
check_tool_variables() {
  local tool variable
  for tool in temporal docker dockerd docker-buildx docker-registry; do
    variable=$(variable_of "$tool")
    if [ -z "${!variable:-}" ]; then continue; fi
    case ${!variable} in
      /*) [ -x "${!variable}" ] || die "$variable is ${!variable}, which is not a program; unset it or give the absolute path of $tool." ;;
      *) die "$variable is ${!variable}, which is not an absolute path; unset it or give that of $tool." ;;
    esac
  done
}

# find_tool <tool>: prints its absolute path, or returns 1 when it is not on this machine.
find_tool() {
  local tool=$1 variable name folder
  variable=$(variable_of "$tool")
  if [ -n "${!variable:-}" ]; then
    echo "${!variable}"
    return
  fi
  for name in $(names_of "$tool"); do
    if have "$name"; then
      command -v "$name"
      return
    fi
  done
  if [ "$tool" = docker-buildx ]; then
    while read -r folder; do
      if [ -x "$folder/docker-buildx" ]; then
        echo "$folder/docker-buildx"
        return
      fi
    done < <(plugin_folders)
  fi
  if [ -x "$SLIPWAY_BIN/$tool" ]; then
    echo "$SLIPWAY_BIN/$tool"
    return
  fi
  return 1
}

# export_tools: so that a command finds the same tools that the scripts found.
export_tools() {
  local tool variable path
  for tool in temporal docker docker-buildx docker-registry; do
    variable=$(variable_of "$tool")
    if path=$(find_tool "$tool"); then export "$variable=$path"; fi
  done
}
