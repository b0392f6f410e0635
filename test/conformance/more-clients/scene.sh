# Sourced by the scripts beside it: the scene that each client meets, and how its end is judged.
# Needs awscli (1.29 or newer) and eval "$(slipway local env)".
# shellcheck shell=bash

case ${AWS_ENDPOINT_URL:-} in
  http://localhost:* | http://127.0.0.1:*) ;;
  *)
    echo 'these scripts change what they find, so they run against a local AWS only: see slipway local env' >&2
    exit 2
    ;;
esac

cluster=more-clients
scratch=$(mktemp -d)
failures=0
good='["sh","-c","mkdir -p /w; echo ok >/w/index.html; exec httpd -f -p 8080 -h /w"]'
# shellcheck disable=SC2034 # for the scripts beside this one
crash='["sh","-c","echo I fail; exit 3"]'

# task_definition COMMAND-AS-JSON [IMAGE]: prints it. Short stopTimeout, because httpd does not hear SIGTERM.
task_definition() {
  cat <<JSON
{"family":"more-clients","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512",
"containerDefinitions":[{"name":"app","image":"${2:-busybox:stable}","essential":true,"stopTimeout":2,"command":$1,
"portMappings":[{"containerPort":8080,"protocol":"tcp"}]}]}
JSON
}

# make_service NAME: two good tasks; the circuit breaker rolls back. It goes when the script ends, however that is.
make_service() {
  # shellcheck disable=SC2064 # the name of now
  trap "remove_service $1" EXIT
  aws ecs create-cluster --cluster-name "$cluster" >/dev/null
  aws ecs register-task-definition --cli-input-json "$(task_definition "$good")" >/dev/null
  aws ecs create-service --cluster "$cluster" --service-name "$1" --task-definition more-clients --desired-count 2 \
    --launch-type FARGATE --network-configuration 'awsvpcConfiguration={subnets=[subnet-1]}' --deployment-configuration \
    'deploymentCircuitBreaker={enable=true,rollback=true},minimumHealthyPercent=100,maximumPercent=200' >/dev/null
  until_completed "$1"
}

# until_completed SERVICE: until its only deployment is COMPLETED (`services-stable` would be content earlier).
until_completed() {
  for _ in $(seq 60); do
    if [ "$(rollout "$1")" = '["COMPLETED"]' ]; then return; fi
    sleep 1
  done
  echo "$1 did not become stable: $(rollout "$1")" >&2
  exit 1
}

rollout() {
  aws ecs describe-services --cluster "$cluster" --services "$1" --output json \
    --query 'services[0].deployments[].rolloutState' | tr -d ' \n'
}

# serving SERVICE: the task definition of its primary deployment.
serving() {
  aws ecs describe-services --cluster "$cluster" --services "$1" --output text --query 'services[0].taskDefinition'
}

remove_service() {
  aws ecs delete-service --cluster "$cluster" --service "$1" --force >/dev/null 2>&1 || true
  rm -rf "$scratch"
}

# expect EXIT 'what it is' COMMAND...: runs it, compares its exit code, and shows its last lines where that is wrong.
expect() {
  local wanted=$1 what=$2 code=0
  shift 2
  "$@" >"$scratch/out" 2>&1 || code=$?
  judge "$what" "$wanted" "$code"
  if [ "$code" != "$wanted" ]; then tail -n 15 "$scratch/out"; fi
}

# judge 'what it is' WANTED GOT
judge() {
  if [ "$2" = "$3" ]; then
    echo "ok    $1"
  else
    echo "WRONG $1: expected $2, got $3"
    failures=$((failures + 1))
  fi
}

finish() {
  echo "$failures wrong"
  [ "$failures" = 0 ]
}
