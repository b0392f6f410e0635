// Secrets for containers, from a local file instead of Secrets Manager and Parameter Store: `{"<ARN or name>": "value"}`.
// Read anew at each task start, and kept nowhere else: not in the state, not in a log.
import { readFile } from 'node:fs/promises';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { RuntimeError } from './task-runtime.ts';

const inParts = /^(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*))?(?::[^:]*)?(?::[^:]*)?$/;

/** Name → value for one container. Throws RuntimeError in the words of Fargate when a secret is missing. */
export async function secretValues(
  container: ContainerDefinition,
  file: string,
): Promise<Record<string, string>> {
  const secrets = container.secrets ?? [];
  if (secrets.length === 0) return {};
  const known = await readSecrets(file);
  return Object.fromEntries(
    secrets.map(({ name, valueFrom }) => [name ?? '', lookUp(valueFrom ?? '', known)]),
  );
}

function lookUp(valueFrom: string, known: Readonly<Record<string, unknown>>): string {
  const [, arn, key] = inParts.exec(valueFrom) ?? [];
  const found = known[valueFrom] ?? (arn === undefined ? undefined : known[arn]);
  if (found === undefined) throw missing(valueFrom, arn);
  if (!key) return typeof found === 'string' ? found : JSON.stringify(found);
  const fields: unknown = typeof found === 'string' ? parse(found) : found;
  const value =
    typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>)[key] : undefined;
  if (value === undefined) {
    throw failed(`retrieved secret from Secrets Manager did not contain json key ${key}`);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function missing(valueFrom: string, arn: string | undefined): RuntimeError {
  return arn === undefined
    ? failed(`unable to retrieve secrets from ssm: invalid parameters: ${valueFrom}`)
    : failed(
        `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
      );
}

function failed(detail: string): RuntimeError {
  return new RuntimeError(
    'ResourceInitializationError',
    `unable to pull secrets or registry auth: execution resource retrieval failed: ${detail}`,
  );
}

async function readSecrets(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw failed(`${file} cannot be read`);
  }
  const parsed = parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw failed(`${file} is not a JSON object`);
  return parsed as Record<string, unknown>;
}

/** Undefined if it is no JSON; the text itself must not get into an error. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
