// What the secrets file names, without the values: the keys are ARNs (perhaps with `::stage:version`) or names.
import { readFile } from 'node:fs/promises';
import { AwsError } from '../wire/aws-error.ts';

export type ReadNames = () => Promise<readonly string[]>;

/** No file: no secrets. Throws AwsError (500) for a file that is no JSON object, without a word of it. */
export async function readSecretNames(file: string): Promise<readonly string[]> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(`${file} cannot be read`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw unreadable(`${file} is not a JSON object`);
  }
  return Object.keys(parsed);
}

const unreadable = (text: string): AwsError => new AwsError('InternalServerError', text, { statusCode: 500 });

export interface NamedSecret {
  readonly arn: string;
  readonly name: string;
  /** Staging label; `AWSCURRENT` where the key names none. */
  readonly stage: string;
  readonly version: string | undefined;
}

const secretArn =
  /^(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:([^:]+))(?::[^:]*)?(?::([^:]*))?(?::([^:]*))?$/;

/** Undefined for what is no secret's ARN. */
export function readSecretArn(key: string): NamedSecret | undefined {
  const [, arn, name, stage, version] = secretArn.exec(key) ?? [];
  if (arn === undefined || name === undefined) return undefined;
  return {
    arn,
    name: name.replace(randomSuffix, ''),
    stage: stage || 'AWSCURRENT',
    version: version || undefined,
  };
}

/** Secrets Manager adds six characters to a secret's name; an ARN may leave them out. */
export const randomSuffix = /-[A-Za-z0-9]{6}$/;

const parameterArn = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/(.+)$/;

/** Undefined for a secret. A name in a hierarchy begins with a slash, which its ARN has only once. */
export function readParameterKey(key: string): string | undefined {
  const path = parameterArn.exec(key)?.[1];
  if (path !== undefined) return path.includes('/') ? `/${path}` : path;
  if (key.startsWith('arn:')) return undefined;
  return key.includes('/') && !key.startsWith('/') ? `/${key}` : key;
}
