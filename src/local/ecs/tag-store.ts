// Tags by ARN; a key appears once.
import type { Tag } from '@aws-sdk/client-ecs';
import { invalid } from './lookup.ts';
import type { EcsStore } from './store.ts';

const maximumTags = 50;

export function tagsOf(store: EcsStore, arn: string): Tag[] {
  return store.state.tags[arn] ?? [];
}

/** Throws AwsError `InvalidParameterException`. */
export function checkTags(tags: readonly Tag[]): void {
  const keys = new Set<string>();
  for (const { key } of tags) {
    if (!key) throw invalid('Tag keys cannot be empty.');
    if (key.toLowerCase().startsWith('aws:')) {
      throw invalid(`aws: prefixed tag key names are not allowed for external use.`);
    }
    if (keys.has(key)) throw invalid(`Duplicate tag keys are not allowed: ${key}.`);
    keys.add(key);
  }
  if (tags.length > maximumTags) throw tooManyTags();
}

const tooManyTags = (): Error => invalid(`Tags can not have more than ${maximumTags} items.`);

export function setTags(store: EcsStore, arn: string, tags: readonly Tag[]): void {
  checkTags(tags);
  const merged = new Map(tagsOf(store, arn).map((tag) => [tag.key, tag]));
  for (const tag of tags) merged.set(tag.key, { key: tag.key, value: tag.value ?? '' });
  if (merged.size > maximumTags) throw tooManyTags();
  if (merged.size > 0) store.state.tags[arn] = [...merged.values()];
}

/** A task's own tags, those it inherits, and ECS's managed ones. Source: `propagateTags`, `enableECSManagedTags`. */
export function tagTask(
  store: EcsStore,
  task: { readonly arn: string; readonly clusterName: string },
  options: {
    readonly own?: readonly Tag[] | undefined;
    readonly inheritedFrom?: string | undefined;
    readonly managed: boolean;
    readonly serviceName?: string | undefined;
  },
): void {
  setTags(store, task.arn, options.own ?? []);
  const inherited = options.inheritedFrom === undefined ? [] : tagsOf(store, options.inheritedFrom);
  const managed: Tag[] = options.managed ? [{ key: 'aws:ecs:clusterName', value: task.clusterName }] : [];
  if (options.managed && options.serviceName !== undefined) {
    managed.push({ key: 'aws:ecs:serviceName', value: options.serviceName });
  }
  const all = new Map([...inherited, ...managed, ...tagsOf(store, task.arn)].map((tag) => [tag.key, tag]));
  if (all.size > 0) store.state.tags[task.arn] = [...all.values()];
}

export function removeTags(store: EcsStore, arn: string, keys: readonly string[]): void {
  const left = tagsOf(store, arn).filter((tag) => !keys.includes(tag.key ?? ''));
  if (left.length > 0) store.state.tags[arn] = left;
  else delete store.state.tags[arn];
}
