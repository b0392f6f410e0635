# shellcheck shell=bash
# Is Docker Hub there? Where it is not, stand-ins of its base images take its place (script/base-images).

# hub_answers: asked through Node, which every machine here has; any HTTP answer counts.
hub_answers() { node "$SLIPWAY_ROOT/script/lib/hub-answers.js"; }

# uses_stand_ins: SLIPWAY_BASE_IMAGES=hub or =stand-ins decides; otherwise the first look does, for this process tree.
uses_stand_ins() {
  if [ -z "${SLIPWAY_BASE_IMAGES:-}" ]; then
    if hub_answers; then SLIPWAY_BASE_IMAGES=hub; else SLIPWAY_BASE_IMAGES=stand-ins; fi
    export SLIPWAY_BASE_IMAGES
  fi
  [ "$SLIPWAY_BASE_IMAGES" = stand-ins ]
}
