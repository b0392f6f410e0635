/** Which secrets and parameters a task definition needs for its tasks to start, and what their names mean. */
import type { TaskDefinition } from '@aws-sdk/client-ecs';

export interface SecretReference {
  /** As the task definition spells it: an ARN (perhaps with `:json-key:stage:version`), or a parameter's name. */
  readonly valueFrom: string;
  readonly store: 'secrets-manager' | 'parameter-store';
  readonly container: string;
}

/** Each name once, with the first container that needs it. */
export const secretReferencesIn = (
  definition: Pick<TaskDefinition, 'containerDefinitions'>,
): readonly SecretReference[] => {
  const found = new Map<string, SecretReference>();
  const add = (reference: SecretReference): void => {
    const key = `${reference.store} ${reference.valueFrom}`;
    if (!found.has(key)) found.set(key, reference);
  };
  for (const { name: container = '', ...definitionOf } of definition.containerDefinitions ?? []) {
    const inContainer = [
      ...(definitionOf.secrets ?? []),
      ...(definitionOf.logConfiguration?.secretOptions ?? []),
    ];
    for (const { valueFrom } of inContainer) {
      if (!valueFrom) continue;
      const store = isSecretArn(valueFrom) ? 'secrets-manager' : 'parameter-store';
      add({ valueFrom, store, container });
    }
    // The registry's password: always a secret, by ARN or by name.
    const login = definitionOf.repositoryCredentials?.credentialsParameter;
    if (login) add({ valueFrom: login, store: 'secrets-manager', container });
  }
  return [...found.values()];
};

const isSecretArn = (valueFrom: string): boolean => /^arn:[^:]+:secretsmanager:/.test(valueFrom);

export interface NamedSecret {
  /** What DescribeSecret takes. */
  readonly id: string;
  /** Staging label or version id that has to exist; undefined: the current one. */
  readonly stage: string | undefined;
  readonly version: string | undefined;
}

/** `arn:aws:secretsmanager:region:account:secret:name-AbCdEf[:json-key:stage:version]`, or a name. */
export const readSecretName = (valueFrom: string): NamedSecret => {
  if (!isSecretArn(valueFrom)) return { id: valueFrom, stage: undefined, version: undefined };
  const parts = valueFrom.split(':');
  return {
    id: parts.slice(0, 7).join(':'),
    stage: parts[8] || undefined,
    version: parts[9] || undefined,
  };
};

/**
 * What the parameter may be called: `arn:aws:ssm:region:account:parameter/app/password` is `/app/password`, while
 * `…:parameter/password` is `password` or `/password`.
 */
export const readParameterNames = (valueFrom: string): readonly [string, ...string[]] => {
  const inArn = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/(.+)$/.exec(valueFrom)?.[1];
  // `name:3` and `name:label` name a version of it.
  const [name = ''] = (inArn ?? valueFrom).split(':');
  if (inArn === undefined) return [name];
  return name.includes('/') ? [`/${name}`] : [name, `/${name}`];
};

/** Region and account that an ARN names; empty for a bare name. */
export const placeOf = (valueFrom: string): { readonly region: string; readonly account: string } => {
  const [prefix, , , region = '', account = ''] = valueFrom.split(':');
  return prefix === 'arn' ? { region, account } : { region: '', account: '' };
};
