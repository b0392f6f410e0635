// Task definitions: register, describe, list, deregister, delete.
import type {
  DeleteTaskDefinitionsCommandInput,
  DeleteTaskDefinitionsCommandOutput,
  DeregisterTaskDefinitionCommandInput,
  DeregisterTaskDefinitionCommandOutput,
  DescribeTaskDefinitionCommandInput,
  DescribeTaskDefinitionCommandOutput,
  ListTaskDefinitionFamiliesCommandInput,
  ListTaskDefinitionFamiliesCommandOutput,
  ListTaskDefinitionsCommandInput,
  ListTaskDefinitionsCommandOutput,
  RegisterTaskDefinitionCommandInput,
  RegisterTaskDefinitionCommandOutput,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { ecsArn } from '../ids.ts';
import { clientError, findTaskDefinition, invalid } from '../lookup.ts';
import type { TaskDefinitionRecord } from '../model.ts';
import { page } from '../pages.ts';
import { setTags, tagsOf } from '../tag-store.ts';
import { renderTaskDefinition } from '../task-definitions/render-task-definition.ts';
import { sizeInUnits } from '../task-definitions/sizes.ts';
import { parseRevisionReference } from '../task-definitions/task-definition-reference.ts';
import { checkTaskDefinition } from '../task-definitions/task-definition-rules.ts';

export interface TaskDefinitionOperations {
  RegisterTaskDefinition: SdkOperation<
    RegisterTaskDefinitionCommandInput,
    RegisterTaskDefinitionCommandOutput
  >;
  DescribeTaskDefinition: SdkOperation<
    DescribeTaskDefinitionCommandInput,
    DescribeTaskDefinitionCommandOutput
  >;
  DeregisterTaskDefinition: SdkOperation<
    DeregisterTaskDefinitionCommandInput,
    DeregisterTaskDefinitionCommandOutput
  >;
  DeleteTaskDefinitions: SdkOperation<DeleteTaskDefinitionsCommandInput, DeleteTaskDefinitionsCommandOutput>;
  ListTaskDefinitions: SdkOperation<ListTaskDefinitionsCommandInput, ListTaskDefinitionsCommandOutput>;
  ListTaskDefinitionFamilies: SdkOperation<
    ListTaskDefinitionFamiliesCommandInput,
    ListTaskDefinitionFamiliesCommandOutput
  >;
}

export function taskDefinitionOperations({ store, place }: EcsContext): TaskDefinitionOperations {
  const render = (record: TaskDefinitionRecord): TaskDefinition =>
    renderTaskDefinition(record, place.accountId);
  const all = (): TaskDefinitionRecord[] => Object.values(store.state.taskDefinitions);
  return {
    async RegisterTaskDefinition(input) {
      checkTaskDefinition(input);
      const { tags, ...definition } = input;
      const family = input.family ?? '';
      const revision = (store.state.lastRevisions[family] ?? 0) + 1;
      const record: TaskDefinitionRecord = {
        arn: ecsArn(place, `task-definition/${family}:${revision}`),
        family,
        revision,
        status: 'ACTIVE',
        registeredAtMs: Date.now(),
        definition: {
          ...structuredClone(definition),
          ...(input.cpu && { cpu: String(sizeInUnits(input.cpu, 'vcpu')) }),
          ...(input.memory && { memory: String(sizeInUnits(input.memory, 'gb')) }),
        },
      };
      setTags(store, record.arn, tags ?? []);
      store.state.lastRevisions[family] = revision;
      store.state.taskDefinitions[`${family}:${revision}`] = record;
      return store.saved({ taskDefinition: render(record), tags: tagsOf(store, record.arn) });
    },

    async DescribeTaskDefinition(input) {
      const record = findTaskDefinition(store.state, input.taskDefinition ?? '');
      if (!record) throw clientError('Unable to describe task definition.');
      return {
        taskDefinition: render(record),
        ...(input.include?.includes('TAGS') && { tags: tagsOf(store, record.arn) }),
      };
    },

    async DeregisterTaskDefinition(input) {
      const reference = parseRevisionReference(input.taskDefinition ?? '');
      if (reference?.revision === undefined) throw invalid('Must specify a revision.');
      const record = findTaskDefinition(store.state, input.taskDefinition ?? '');
      if (!record) throw clientError('Unable to describe task definition.');
      if (record.status !== 'ACTIVE') return { taskDefinition: render(record) };
      record.status = 'INACTIVE';
      record.deregisteredAtMs = Date.now();
      return store.saved({ taskDefinition: render(record) });
    },

    /** What still runs keeps it; nothing new can be started from it. */
    async DeleteTaskDefinitions(input) {
      const wanted = input.taskDefinitions ?? [];
      if (wanted.length === 0 || wanted.length > 10) {
        throw invalid('Between 1 and 10 task definitions can be deleted.');
      }
      const taskDefinitions: TaskDefinition[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const reference of wanted) {
        const record = findTaskDefinition(store.state, reference);
        if (!record)
          failures.push({ arn: reference, reason: 'The specified task definition does not exist.' });
        else if (record.status === 'ACTIVE') {
          failures.push({
            arn: reference,
            reason: 'The specified task definition is still in ACTIVE status. Please deregister the target.',
          });
        } else {
          record.status = 'DELETE_IN_PROGRESS';
          taskDefinitions.push(render(record));
        }
      }
      return store.saved({ taskDefinitions, failures });
    },

    async ListTaskDefinitions(input) {
      const status = input.status ?? 'ACTIVE';
      const records = all()
        .filter((record) => record.status === status)
        .filter((record) => input.familyPrefix === undefined || record.family === input.familyPrefix)
        .sort((a, b) => compare(a.family, b.family) || a.revision - b.revision);
      if (input.sort === 'DESC') records.reverse();
      const { items, nextToken } = page(
        records.map(({ arn }) => arn),
        input,
      );
      return { taskDefinitionArns: items, ...(nextToken && { nextToken }) };
    },

    async ListTaskDefinitionFamilies(input) {
      const active = new Set(
        all()
          .filter(({ status }) => status === 'ACTIVE')
          .map(({ family }) => family),
      );
      const status = input.status ?? 'ALL';
      const families = Object.keys(store.state.lastRevisions)
        .filter((family) => family.startsWith(input.familyPrefix ?? ''))
        .filter((family) => status === 'ALL' || active.has(family) === (status === 'ACTIVE'))
        .sort(compare);
      const { items, nextToken } = page(families, input);
      return { families: items, ...(nextToken && { nextToken }) };
    },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
