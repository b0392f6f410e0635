#!/usr/bin/env bash
# The waiters of aws-sdk-go-v2, and Terraform's way of waiting for a steady state. Needs Go.
set -euo pipefail
. "$(dirname "$0")/scene.sh"
cp "$(dirname "$0")"/go-waiters/* "$scratch"
make_service go-waiters
good_revision=$(aws ecs register-task-definition --cli-input-json "$(task_definition "$good")" \
  --query taskDefinition.taskDefinitionArn --output text)
crash_revision=$(aws ecs register-task-definition --cli-input-json "$(task_definition "$crash")" \
  --query taskDefinition.taskDefinitionArn --output text)
cd "$scratch"
go mod tidy 2>/dev/null
go build -o waiters .
./waiters "$cluster" go-waiters "$good_revision" "$crash_revision" || failures=1
finish
