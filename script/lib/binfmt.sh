# shellcheck shell=bash
# Lets this kernel run programs of the other architecture (arm64 on an amd64 machine, and the reverse) through qemu.
# Flag F opens the emulator at registration, so that it is found inside containers, which do not contain it.

BINFMT=/proc/sys/fs/binfmt_misc

# The two architectures of the images, in Docker's words and in the kernel's.
machine_of() {
  case $1 in
    amd64) echo x86_64 ;;
    arm64) echo aarch64 ;;
  esac
}

native_architecture() {
  case $(uname -m) in
    x86_64 | amd64) echo amd64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) uname -m ;;
  esac
}

foreign_architecture() {
  if [ "$(native_architecture)" = amd64 ]; then echo arm64; else echo amd64; fi
}

can_run_foreign() {
  local entry
  entry=$BINFMT/qemu-$(machine_of "$(foreign_architecture)")
  [ -e "$entry" ] && grep -q '^enabled' "$entry" && grep -q '^flags:.*F' "$entry"
}

# ELF header of a 64-bit little-endian executable for the machine: magic and mask as in qemu's own qemu-binfmt-conf.sh.
elf_magic() {
  local machine
  if [ "$1" = arm64 ]; then machine='\xb7\x00'; else machine='\x3e\x00'; fi
  printf '%s' "\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00$machine"
}
ELF_MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

# Debian's "-P" name tells qemu that the kernel hands over the caller's argv[0] (flag P).
register_foreign() {
  local architecture machine interpreter flags
  architecture=$(foreign_architecture)
  machine=$(machine_of "$architecture")
  interpreter=/usr/libexec/qemu-binfmt/$machine-binfmt-P
  flags=PF
  if [ ! -e "$interpreter" ]; then
    interpreter=$(command -v "qemu-$machine-static") || return 1
    flags=F
  fi
  if [ -e "$BINFMT/qemu-$machine" ]; then echo -1 >"$BINFMT/qemu-$machine"; fi
  printf '%s' ":qemu-$machine:M:0:$(elf_magic "$architecture"):$ELF_MASK:$interpreter:$flags" >"$BINFMT/register"
}

# Docker Desktop, colima and engines on other machines run on a kernel of their own, which sees to this itself.
kernel_is_elsewhere() {
  is_linux || return 0
  case ${DOCKER_HOST:-} in tcp:* | ssh:* | http*) return 0 ;; esac
  [ "$(docker_cli info --format '{{.OperatingSystem}}' 2>/dev/null)" = 'Docker Desktop' ]
}

# Silent when there is nothing to do. Needs root and qemu-user-static (script/setup installs it).
ensure_binfmt() {
  if can_run_foreign || kernel_is_elsewhere; then return 0; fi
  local foreign
  foreign=$(foreign_architecture)
  is_root || die "this kernel cannot run $foreign programs, which the sample's $foreign images need; install qemu-user-static with binfmt support (Debian: apt-get install qemu-user-static binfmt-support)."
  if [ ! -e "$BINFMT/register" ]; then mount -t binfmt_misc binfmt_misc "$BINFMT"; fi
  # A registration without the program it names is refused, so this also proves that qemu is installed.
  if ! can_run_foreign; then register_foreign || true; fi
  can_run_foreign || die "this kernel cannot run $foreign programs, which the sample's $foreign images need; install qemu-user-static (Debian: apt-get install qemu-user-static) and run this again."
}
