// A task definition as ECS reads it back: what was registered, plus the members that only ECS writes.
import type { Compatibility, TaskDefinition } from '@aws-sdk/client-ecs';
import { optionalDate } from '../dates.ts';
import { containersOf, type TaskDefinitionRecord } from '../model.ts';

export function renderTaskDefinition(record: TaskDefinitionRecord, accountId: string): TaskDefinition {
  const { definition } = record;
  return {
    ...definition,
    taskDefinitionArn: record.arn,
    family: record.family,
    revision: record.revision,
    status: record.status,
    containerDefinitions: containersOf(record).map((container) => ({
      cpu: 0,
      essential: true,
      environment: [],
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
      ...container,
      portMappings: (container.portMappings ?? []).map((port) => ({
        protocol: 'tcp' as const,
        ...(definition.networkMode === 'awsvpc' && { hostPort: port.containerPort }),
        ...port,
      })),
    })),
    volumes: definition.volumes ?? [],
    placementConstraints: definition.placementConstraints ?? [],
    requiresAttributes: requiredAttributes(record),
    compatibilities: compatibilities(record),
    registeredAt: new Date(record.registeredAtMs),
    registeredBy: `arn:aws:iam::${accountId}:root`,
    ...optionalDate('deregisteredAt', record.deregisteredAtMs),
  };
}

function compatibilities(record: TaskDefinitionRecord): Compatibility[] {
  const requested = record.definition.requiresCompatibilities ?? [];
  return requested.includes('FARGATE') ? ['EC2', 'FARGATE'] : ['EC2'];
}

function requiredAttributes(record: TaskDefinitionRecord): { name: string }[] {
  const names = new Set<string>();
  if (record.definition.networkMode === 'awsvpc') names.add('ecs.capability.task-eni');
  for (const container of containersOf(record)) {
    if (container.logConfiguration?.logDriver === 'awslogs') {
      names.add('com.amazonaws.ecs.capability.logging-driver.awslogs');
    }
    if (container.healthCheck) names.add('ecs.capability.container-health-check');
  }
  return [...names].map((name) => ({ name }));
}
