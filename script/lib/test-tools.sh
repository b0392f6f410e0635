# shellcheck shell=bash
# What only the conformance suite needs: clients from PyPI in a venv of their own, and skopeo (packages.sh).

CLIENT_REQUIREMENTS=test/conformance/requirements.txt

# clients_folder: where the venv is; a change of the requirements gives another, so two checkouts do not fight over one.
clients_folder() { echo "$SLIPWAY_CACHE/conformance-$(content_hash "$CLIENT_REQUIREMENTS")"; }

# A venv points to the Python that made it, which may have gone since.
clients_are_there() { is_current "$1" ready && "$1/bin/python" -c 'import awscli, boto3, ecs_deploy' 2>/dev/null; }

# The scripts of a venv name it by its absolute path, so it is made where it stays; the key says that it is complete.
install_clients() {
  local folder=$1
  clients_are_there "$folder" && return 0
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    die 'the conformance tests run awscli and other clients, which need Python 3.10 or newer; install it and run this again.'
  say 'installing the clients of the conformance tests'
  rm -rf "$folder"
  mkdir -p "$SLIPWAY_CACHE"
  quietly "$SLIPWAY_CACHE/logs/conformance.log" make_clients "$folder" ||
    die "awscli, boto3 and ecs-deploy, which the conformance tests run, could not be installed; see to it that pip reaches its package index, and run this again."
  printf 'ready' >"$folder/.slipway-key"
}

make_clients() {
  python3 -m venv "$1" &&
    "$1/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$SLIPWAY_ROOT/$CLIENT_REQUIREMENTS"
}

ensure_clients() {
  local folder
  folder=$(clients_folder)
  clients_are_there "$folder" || one_at_a_time conformance install_clients "$folder"
}
