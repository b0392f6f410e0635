# shellcheck shell=sh
# Downloads packages, with what they need beyond what a target has, for the target's architecture; installs nothing.
# Usage: sh -eu download.sh <architecture> <the target's /var/lib/dpkg/status> <folder> <package...>
# Runs natively: apt's work takes a second so, and half a minute through qemu.
architecture=$1
status=$2
folder=$3
shift 3

mkdir -p "$folder/partial" /tmp/apt/lists/partial
cat >/tmp/apt/apt.conf <<CONF
#clear APT::Architectures;
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Retries "3";
Dir::State "/tmp/apt";
Dir::State::lists "/tmp/apt/lists";
Dir::State::status "$status";
Dir::Cache::archives "$folder";
CONF
export APT_CONFIG=/tmp/apt/apt.conf
if [ ! -e "/tmp/apt/$architecture" ]; then apt-get -qq update; fi
touch "/tmp/apt/$architecture"
apt-get -qq -y --no-install-recommends --download-only install "$@"
