/** Looks up the secrets of task definitions, each once for all services of a plan. */
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { placeOf, secretReferencesIn } from '../aws/secret-references.ts';
import type { SecretReferences, SecretState } from '../aws/secrets.ts';
import { inParallel } from './in-parallel.ts';

export interface SecretFindings {
  /** One line each: `container app needs /app/password: there is none`. */
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

export type CheckSecrets = (definition: TaskDefinition, serviceArn: string) => Promise<SecretFindings>;

export const createCheckSecrets = (port: SecretReferences): CheckSecrets => {
  const looked = new Map<string, Promise<SecretState>>();
  return async (definition, serviceArn) => {
    const { account } = placeOf(serviceArn);
    // One after the other: some services are looked at together already.
    const found = await inParallel(secretReferencesIn(definition), 1, async (reference) => {
      const key = `${reference.store} ${reference.valueFrom}`;
      const state = looked.get(key) ?? port.state(reference, account);
      looked.set(key, state);
      return { reference, state: await state };
    });
    const linesOf = (kind: 'missing' | 'unknown'): readonly string[] =>
      found.flatMap(({ reference, state }) =>
        state.kind === kind
          ? [`container ${reference.container} needs ${reference.valueFrom}: ${state.why}`]
          : [],
      );
    return { missing: linesOf('missing'), unknown: linesOf('unknown') };
  };
};
