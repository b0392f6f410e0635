// RunTask and StartTask: what both check, and the tasks they make. Nothing is launched here.
import type { Failure, RunTaskCommandInput, StartTaskCommandInput, TaskOverride } from '@aws-sdk/client-ecs';
import type { EcsContext } from '../context.ts';
import { shortName } from '../ids.ts';
import { invalid, requireActiveTaskDefinition, requireCluster } from '../lookup.ts';
import { containersOf, type TaskDefinitionRecord, type TaskRecord } from '../model.ts';
import { launchOf } from '../placement/capacity-providers.ts';
import { checkPlacement, noInstances, type Placement } from '../placement/placement.ts';
import { checkLaunchType, checkNetwork } from '../services/service-rules.ts';
import { checkTags, tagTask } from '../tag-store.ts';
import { checkFargateSize } from '../task-definitions/fargate-rules.ts';
import { sizeInUnits } from '../task-definitions/sizes.ts';

export interface Made {
  readonly made: TaskRecord[];
  readonly failures: Failure[];
}

const maximumCount = 10;

export function runTasks(context: EcsContext, input: RunTaskCommandInput): Made {
  const cluster = requireCluster(context.store.state, input.cluster);
  const definition = requireActiveTaskDefinition(context.store.state, input.taskDefinition);
  const count = input.count ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > maximumCount) {
    throw invalid(`Count must be between 1 and ${maximumCount}.`);
  }
  const launch = launchOf(input, cluster);
  checkLaunchType(launch.launchType, definition);
  checkTask(input, definition);
  checkPlacement(input.placementConstraints, input.placementStrategy);
  const overrides = inUnits(input.overrides);
  if (launch.launchType === 'FARGATE' && (overrides.cpu || overrides.memory)) {
    const { cpu, memory } = definition.definition;
    checkFargateSize(overrides.cpu ?? cpu ?? '', overrides.memory ?? memory ?? '');
  }
  const group = input.group ?? `family:${definition.family}`;
  const result: Made = { made: [], failures: [] };
  for (let index = 0; index < count; index += 1) {
    const placed = context.placer.place(cluster, launch.launchType, definition, {
      group,
      constraints: input.placementConstraints,
      strategy: input.placementStrategy,
      cpu: overrides.cpu,
      memory: overrides.memory,
    });
    const task = makeTask(context, input, definition, { ...launch, group, placed }, result);
    if (task) result.made.push(task);
  }
  return result;
}

/** On the instances that the caller names, whatever the strategy would say. */
export function startTasks(context: EcsContext, input: StartTaskCommandInput): Made {
  const cluster = requireCluster(context.store.state, input.cluster);
  const definition = requireActiveTaskDefinition(context.store.state, input.taskDefinition);
  const instances = input.containerInstances ?? [];
  if (instances.length === 0) throw invalid('Container instances cannot be empty.');
  if (instances.length > maximumCount) {
    throw invalid(`Container instances cannot have more than ${maximumCount} elements.`);
  }
  checkTask(input, definition);
  const group = input.group ?? `family:${definition.family}`;
  const result: Made = { made: [], failures: [] };
  for (const named of instances) {
    const instanceArn = `${cluster.arn.replace(':cluster/', ':container-instance/')}/${shortName(named)}`;
    const placed = context.placer.place(cluster, 'EC2', definition, { group, instanceArn });
    if (placed && 'failure' in placed && placed.failure.arn === undefined) {
      result.failures.push({ arn: instanceArn, reason: 'MISSING' });
      continue;
    }
    const task = makeTask(context, input, definition, { launchType: 'EC2', group, placed }, result);
    if (task) result.made.push(task);
  }
  return result;
}

/** Of `startedBy` as seen in convox/rack#1727, when it was 36. */
const longest = { startedBy: 128, clientToken: 64 } as const;

function checkTask(
  input: Pick<
    RunTaskCommandInput,
    'networkConfiguration' | 'overrides' | 'startedBy' | 'clientToken' | 'tags'
  >,
  definition: TaskDefinitionRecord,
): void {
  for (const name of ['startedBy', 'clientToken'] as const) {
    if ((input[name]?.length ?? 0) > longest[name]) throw invalid(`${name} longer than ${longest[name]}.`);
  }
  checkTags(input.tags ?? []);
  checkNetwork(definition, input.networkConfiguration);
  const known = new Set(containersOf(definition).map(({ name }) => name));
  const { cpu = definition.definition.cpu, memory = definition.definition.memory } = inUnits(input.overrides);
  for (const override of input.overrides?.containerOverrides ?? []) {
    if (!known.has(override.name)) {
      throw invalid(
        `Override for container named ${override.name} is not a container in the TaskDefinition.`,
      );
    }
    // The sentence: artilleryio/artillery#591.
    const tooMuch = (name: string): Error =>
      invalid(`'${name}' setting for container '${override.name}' is greater than for task.`);
    if (cpu && (override.cpu ?? 0) > sizeInUnits(cpu, 'vcpu')) throw tooMuch('cpu');
    if (memory && (override.memory ?? 0) > sizeInUnits(memory, 'gb')) throw tooMuch('memory');
  }
}

/** `1 vCPU` and `2 GB` as CPU units and MiB, as ECS reads them back. */
function inUnits(overrides: TaskOverride = {}): TaskOverride {
  const units = (text: string | undefined, unit: 'vcpu' | 'gb', name: string): string | undefined => {
    if (!text) return undefined;
    const value = sizeInUnits(text, unit);
    if (value > 0) return String(value);
    throw invalid(`Invalid '${name}' setting for task.`);
  };
  const cpu = units(overrides.cpu, 'vcpu', 'cpu');
  const memory = units(overrides.memory, 'gb', 'memory');
  return { ...overrides, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
}

function makeTask(
  { store, tasks }: EcsContext,
  input: RunTaskCommandInput | StartTaskCommandInput,
  definition: TaskDefinitionRecord,
  how: ReturnType<typeof launchOf> & { readonly group: string; readonly placed: Placement | undefined },
  { failures }: Made,
): TaskRecord | undefined {
  const { placed } = how;
  if (placed && 'failure' in placed) {
    const { arn, reason } = placed.failure;
    if (arn === undefined) throw invalid(noInstances);
    failures.push({ arn, reason });
    return undefined;
  }
  const task = tasks.create({
    cluster: requireCluster(store.state, input.cluster),
    definition,
    launchType: how.launchType,
    capacityProvider: how.capacityProvider,
    instance: placed?.instance,
    network: input.networkConfiguration,
    group: how.group,
    startedBy: input.startedBy,
    platformVersion: 'platformVersion' in input ? input.platformVersion : undefined,
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    overrides: inUnits(input.overrides),
    targets: [],
    nowMs: Date.now(),
  });
  tagTask(store, task, {
    own: input.tags,
    inheritedFrom: input.propagateTags === 'TASK_DEFINITION' ? definition.arn : undefined,
    managed: input.enableECSManagedTags ?? false,
  });
  return task;
}
