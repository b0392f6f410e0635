# shellcheck shell=bash
# All parts of the set-up, in the order in which they lean on each other.
# shellcheck source-path=SCRIPTDIR

SLIPWAY_LIB=$(dirname "${BASH_SOURCE[0]}")
. "$SLIPWAY_LIB/common.sh"
. "$SLIPWAY_LIB/tools.sh"
. "$SLIPWAY_LIB/hub.sh"
. "$SLIPWAY_LIB/registry.sh"
. "$SLIPWAY_LIB/binfmt.sh"
. "$SLIPWAY_LIB/engine.sh"
. "$SLIPWAY_LIB/users.sh"
. "$SLIPWAY_LIB/base-images.sh"
