#!/usr/bin/env bash
# ecspresso (2.x, on PATH) from init to delete. It calls a rolled-back deployment stable, as it does on AWS.
set -euo pipefail
. "$(dirname "$0")/scene.sh"

make_service ecspresso
first=$(serving ecspresso)
cd "$scratch"
expect 0 'init' ecspresso init --region "$AWS_REGION" --cluster "$cluster" --service ecspresso --config ecspresso.yml
expect 0 'diff of nothing' ecspresso diff
judge 'the diff is empty' '' "$(ecspresso diff 2>/dev/null)"
expect 0 'status' ecspresso status

task_definition "$good" busybox:latest >ecs-task-def.json
expect 0 'deploy of a good image' ecspresso deploy
until_completed ecspresso
second=$(serving ecspresso)
judge 'it serves a new revision' yes "$([ "$second" != "$first" ] && echo yes)"

task_definition "$crash" >ecs-task-def.json
expect 0 'deploy of a crash loop: "stable", after the rollback' ecspresso deploy
until_completed ecspresso
judge 'it serves what served before' "$second" "$(serving ecspresso)"

task_definition "$good" >ecs-task-def.json
expect 0 'deploy --no-wait --tasks 1' ecspresso deploy --no-wait --tasks 1
expect 0 'wait' ecspresso wait
until_completed ecspresso
expect 0 'refresh' ecspresso refresh --no-wait
until_completed ecspresso
expect 0 'scale' ecspresso scale --tasks 2 --no-wait
expect 0 'revisions' ecspresso revisions
expect 0 'tasks' ecspresso tasks
expect 0 'run of a task that exits 0' ecspresso run --watch-container app \
  --overrides '{"containerOverrides":[{"name":"app","command":["true"]}]}'
expect 1 'run of a task that exits 7' ecspresso run --watch-container app \
  --overrides '{"containerOverrides":[{"name":"app","command":["sh","-c","exit 7"]}]}'
expect 1 'delete of a service above 0' ecspresso delete --force
expect 0 'delete --terminate' ecspresso delete --force --terminate
finish
