#!/bin/sh
# As the official image: templates are filled from the environment, scripts in /docker-entrypoint.d run, then the command.
set -e
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  for template in /etc/nginx/templates/*.template; do
    [ -e "$template" ] || continue
    # Only variables that exist: nginx's own ($host, $uri) look the same.
    # shellcheck disable=SC2016,SC2046 # names for envsubst, of which none has a space
    defined=$(printf '${%s} ' $(awk 'END { for (name in ENVIRON) print name }' </dev/null))
    file=$(basename "$template" .template)
    envsubst "$defined" <"$template" >"/etc/nginx/conf.d/$file"
  done
  for file in /docker-entrypoint.d/*.sh; do
    if [ -x "$file" ]; then "$file"; fi
  done
fi
exec "$@"
