# shellcheck shell=bash
# What comes from the system's packages: installed on Debian as root, asked for everywhere else.

# The sample's API is tested in a venv, which Debian splits from Python.
has_python() { python3 -c 'import venv, ensurepip' 2>/dev/null; }

needs_qemu() {
  ! can_run_foreign && ! kernel_is_elsewhere && ! have "qemu-$(machine_of "$(foreign_architecture)")-static"
}

needs_engine() { ! engine_answers && ! { find_tool docker && find_tool dockerd; } >/dev/null; }

# WITH_TEST_TOOLS=yes (script/setup --with-test-tools) adds what only the conformance suite needs.
missing_packages() {
  if ! have git; then echo git; fi
  if ! has_python; then echo 'python3 python3-venv'; fi
  if needs_engine; then echo docker.io; fi
  if ! find_tool docker-registry >/dev/null; then echo docker-registry; fi
  if needs_qemu; then echo qemu-user-static; fi
  if [ "${WITH_TEST_TOOLS:-}" = yes ] && ! have skopeo; then echo skopeo; fi
  if [ "${WITH_TEST_TOOLS:-}" = yes ] && ! have zsh; then echo zsh; fi
  if [ "${WITH_TEST_TOOLS:-}" = yes ] && ! have fish; then echo fish; fi
}

# RUNLEVEL=1 keeps packages from starting their services: the engine that runs shall be the one we start.
apt_install() {
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get -qq update
  apt-get -qq -y --no-install-recommends install "$@"
}

# complain <package>: one sentence each, for machines where we do not install.
complain() {
  case $1 in
    git) die 'git is missing, and a release is a commit; install git and run this again.' ;;
    python3*) die "Python 3 with venv is missing, and the sample's API is tested with it; install it (Debian: apt-get install python3-venv) and run this again." ;;
    docker.io) die 'no Docker engine answers, and images are built and services run by one; install and start Docker, and run this again.' ;;
    skopeo) die 'skopeo is missing, and the conformance tests (nothing else) push and pull with it; install it (macOS: brew install skopeo) and run this again, or name the suites that you want: script/test unit e2e' ;;
    zsh | fish) die "$1 is missing, and the conformance tests (nothing else) ask it what it completes and how it reads printed commands; install it and run this again, or name the suites that you want: script/test unit e2e" ;;
    qemu-user-static) die "this kernel cannot run $(foreign_architecture) programs, which the sample's $(foreign_architecture) images need; install qemu-user-static, or run: docker run --privileged --rm tonistiigi/binfmt --install $(foreign_architecture)" ;;
  esac
}

ensure_packages() {
  local packages name
  packages=$(missing_packages | tr '\n' ' ')
  if [ -z "${packages// /}" ]; then return 0; fi
  if is_debian && is_root; then
    say "installing Debian packages: $packages"
    # shellcheck disable=SC2086 # several names
    one_at_a_time packages quietly "$SLIPWAY_CACHE/logs/packages.log" apt_install $packages ||
      die "Debian's packages $packages could not be installed; install them by hand and run this again."
    hash -r
  else
    # The registry has other ways (install.sh); so it is no reason to stop.
    for name in $packages; do complain "$name"; done
  fi
}
