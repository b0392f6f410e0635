#!/usr/bin/env bash
# aws-actions/amazon-ecs-deploy-task-definition, outside GitHub: github-action.sh FOLDER, which has its dist/index.js.
# It looks each 15 s. Since 2.6 it fails when the deployment that it began was rolled back.
set -euo pipefail
. "$(dirname "$0")/scene.sh"
action=${1:?the folder of the action}/dist/index.js
export GITHUB_WORKSPACE=$scratch GITHUB_OUTPUT=$scratch/output RUNNER_TEMP=$scratch
touch "$GITHUB_OUTPUT"

# act NAME=VALUE...: runs it with these inputs.
act() {
  local input inputs=(INPUT_CLUSTER="$cluster" INPUT_WAIT-MAX-DELAY-SECONDS=15)
  for input in "$@"; do
    local name=${input%%=*}
    inputs+=("INPUT_$(echo "$name" | tr '[:lower:]' '[:upper:]')=${input#*=}")
  done
  env "${inputs[@]}" node "$action"
}

make_service action
task_definition "$good" busybox:latest >"$scratch/good.json"
task_definition "$crash" >"$scratch/crash.json"
task_definition "$good" busybox:no-such-tag >"$scratch/no-image.json"
task_definition '["true"]' >"$scratch/once.json"

expect 0 'a good image' act task-definition=good.json service=action wait-for-service-stability=true
until_completed action
second=$(serving action)
expect 1 'a crash loop' act task-definition=crash.json service=action wait-for-service-stability=true
judge 'it says why' yes "$(grep -q 'likely rolled back by the deployment circuit breaker' "$scratch/out" && echo yes)"
until_completed action
expect 1 'an image that is not there' act task-definition=no-image.json service=action wait-for-service-stability=true
until_completed action
judge 'it serves what served before' "$second" "$(serving action)"
expect 0 'without waiting' act task-definition=good.json service=action force-new-deployment=true desired-count=1
expect 1 'a service that is not there' act task-definition=good.json service=none
run_task=(run-task=true run-task-subnets=subnet-1 wait-for-task-stopped=true)
expect 0 'a task that exits 0' act task-definition=once.json "${run_task[@]}"
expect 1 'a task that exits 3' act task-definition=crash.json "${run_task[@]}"
finish
