# shellcheck shell=bash
# All parts of the set-up, in the order in which they lean on each other.
# shellcheck source-path=SCRIPTDIR

SLIPWAY_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$SLIPWAY_LIB/common.sh"
. "$SLIPWAY_LIB/node.sh"
. "$SLIPWAY_LIB/tools.sh"
. "$SLIPWAY_LIB/hub.sh"
. "$SLIPWAY_LIB/binfmt.sh"
. "$SLIPWAY_LIB/mirror.sh"
. "$SLIPWAY_LIB/engine.sh"
. "$SLIPWAY_LIB/users.sh"
. "$SLIPWAY_LIB/base-images.sh"
. "$SLIPWAY_LIB/packages.sh"
. "$SLIPWAY_LIB/install.sh"
. "$SLIPWAY_LIB/test-tools.sh"
