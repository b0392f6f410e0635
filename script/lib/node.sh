# shellcheck shell=bash
# Node's part: the version, the dependencies, the build. Each is skipped when nothing that it is made from has changed.

check_node() {
  have node || { echo 'slipway: Node.js is missing, and Slipway is written in it; install Node.js 20.5 or newer (https://nodejs.org) and run this again.' >&2; exit 1; }
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 5) ? 0 : 1)' ||
    die "Node.js $(node -p process.versions.node) is too old; install 20.5 or newer (https://nodejs.org) and run this again."
}

# The key lies inside of what it speaks for, so that both go together.
is_current() { [ -e "$1/.slipway-key" ] && [ "$(cat "$1/.slipway-key")" = "$2" ]; }

# A lock file that was made where a registry lacked another platform's package is incomplete, and `npm ci` refuses it.
# `npm install --no-save` keeps to all that the lock does say, and leaves it as it is.
bring_dependencies() {
  cd "$SLIPWAY_ROOT"
  if ! npm ci >"$SLIPWAY_CACHE/logs/npm-ci.log" 2>&1 </dev/null; then
    grep -q 'Missing: .* from lock file' "$SLIPWAY_CACHE/logs/npm-ci.log" || { tail -n 20 "$SLIPWAY_CACHE/logs/npm-ci.log" >&2; die 'npm ci failed.'; }
    say 'package-lock.json does not know all platforms; installing with npm install instead of npm ci'
    quietly "$SLIPWAY_CACHE/logs/npm-install.log" npm install --no-save
  fi
}

install_dependencies() {
  local key
  key=$(content_hash package-lock.json)
  is_current "$SLIPWAY_ROOT/node_modules" "$key" && return 0
  say 'installing npm packages'
  mkdir -p "$SLIPWAY_CACHE/logs"
  (bring_dependencies)
  printf '%s' "$key" >"$SLIPWAY_ROOT/node_modules/.slipway-key"
}

build_slipway() {
  local key
  key=$(content_hash src package-lock.json tsconfig.json tsconfig.build.json script/build.js)
  is_current "$SLIPWAY_ROOT/dist" "$key" && return 0
  say 'building dist/'
  (cd "$SLIPWAY_ROOT" && quietly "$SLIPWAY_CACHE/logs/build.log" npm run build)
  printf '%s' "$key" >"$SLIPWAY_ROOT/dist/.slipway-key"
}

make_checkout() {
  install_dependencies
  build_slipway
}

# Two checkouts may be made at once, one checkout not twice.
checkout_lock() { echo "checkout-$(printf '%s' "$SLIPWAY_ROOT" | cksum | cut -d' ' -f1)"; }
