# shellcheck shell=bash
# Stand-ins for Docker Hub's base images: made once from Debian's and npm's packages, for both architectures, kept as
# two-platform indexes in the loopback registry. What there is to make: script/base-images/images.

IMAGES=$SLIPWAY_ROOT/script/base-images
IMAGES_CACHE=$SLIPWAY_CACHE/base-images

# The host's certificates go into the images, so that builds reach what the host reaches.
host_bundle() { echo "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}"; }

image_rows() { grep -Ev '^[[:space:]]*(#|$)' "$IMAGES/images"; }

# row_key <row>: everything that decides what comes out. Rows lean on debian's, so its recipe is in every key.
row_key() {
  local recipe=${1%%|*}
  recipe=${recipe// /}
  if [ -z "${SHARED_KEY:-}" ]; then SHARED_KEY=$(content_hash script/base-images/debian script/base-images/shared "$(host_bundle)"); fi
  printf '%s %s %s' "$SHARED_KEY" "$(content_hash "script/base-images/$recipe")" "$(printf '%s' "$1" | tr -s ' ' | cksum)"
}

row_stamp() {
  local names=${1#*|}
  names=${names%%|*}
  # shellcheck disable=SC2086 # the first name of several
  set -- $names
  echo "$IMAGES_CACHE/done/${1//[:\/]/-}"
}

row_is_made() {
  local stamp
  stamp=$(row_stamp "$1")
  [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$(row_key "$1")" ]
}

# build_one <recipe folder> <context> <architecture> <reference> <arguments...>
build_one() {
  local recipe=$1 context=$2 architecture=$3 reference=$4 argument arguments=()
  shift 4
  if [ -x "$recipe/prepare" ]; then env "$@" "$recipe/prepare" "$context" "$architecture"; fi
  for argument in "$@"; do arguments+=(--build-arg "${argument/#BASE=/BASE=$(mirror_address)/library/}"); done
  "$(find_tool docker-buildx)" build --progress=plain --provenance=false --platform="linux/$architecture" \
    "${arguments[@]}" --tag="$reference" --push "$context"
}

# make_row <row>: both architectures at once, then every name, so that a name never shows half of it.
make_row() {
  local recipe names arguments first context architecture pids=() references=() name key
  IFS='|' read -r recipe names arguments <<<"$1"
  recipe=${recipe// /}
  read -ra names <<<"$names"
  read -ra arguments <<<"$arguments"
  first=${names[0]}
  key=$(row_key "$1")
  say "making a stand-in for $first, for amd64 and arm64 (Docker Hub is not reachable)"
  context=$IMAGES_CACHE/work/${first//:/-}
  rm -rf "$context"
  mkdir -p "$context"
  cp -a "$IMAGES/$recipe/." "$IMAGES/shared" "$context/"
  for architecture in amd64 arm64; do
    name=$(mirror_address)/library/$first-$architecture
    references+=("$name")
    quietly "$IMAGES_CACHE/logs/${first//:/-}-$architecture.log" \
      build_one "$IMAGES/$recipe" "$context" "$architecture" "$name" "${arguments[@]}" &
    pids+=($!)
  done
  for name in "${pids[@]}"; do wait "$name" || die "could not make the base image $first, which the sample's images are built on."; done
  for name in "${names[@]}"; do
    quietly "$IMAGES_CACHE/logs/${first//:/-}-index.log" \
      "$(find_tool docker-buildx)" imagetools create --tag "$(mirror_address)/library/$name" "${references[@]}"
  done
  # The engine keeps what it has pushed; nobody asks for it by these names.
  docker_cli rmi "${references[@]}" >/dev/null 2>&1 || true
  rm -rf "$context"
  mkdir -p "$IMAGES_CACHE/done"
  printf '%s' "$key" >"$(row_stamp "$1")"
}

make_rows() {
  local row
  while read -r row <&3; do
    if ! row_is_made "$row"; then make_row "$row"; fi
  done 3< <(image_rows)
  all_rows_key >"$IMAGES_CACHE/done/all"
}

# A stamp over everything answers "all made?" quickly; the rows' own stamps say what is left to make.
all_rows_key() { content_hash script/base-images "$(host_bundle)"; }

base_images_are_made() { [ -e "$IMAGES_CACHE/done/all" ] && [ "$(cat "$IMAGES_CACHE/done/all")" = "$(all_rows_key)" ]; }

# Call with an engine up.
ensure_base_images() {
  if mirror_is_up; then
    base_images_are_made || one_at_a_time base-images make_rows
  elif ! docker_cli info --format '{{.RegistryConfig.Mirrors}}' | grep -q http && uses_stand_ins; then
    say 'Docker Hub is not reachable and this engine was not started by script/engine, so only base images that it already has can be used.'
  fi
}
