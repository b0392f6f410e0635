// Secrets for containers, from a local file instead of Secrets Manager and Parameter Store: `{"<ARN or name>": "value"}`.
// Read anew at each task start, and kept nowhere else: not in the state, not in a log.
import { readFile } from 'node:fs/promises';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { RuntimeError } from './task-runtime.ts';

/** ARN, then perhaps `json-key:version-stage:version-id`. */
const inParts =
  /^(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?$/;
const parameterArn = /^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/(.+)$/;
/** Secrets Manager adds six characters to a secret's name; an ARN may leave them out. */
const randomSuffix = /-[A-Za-z0-9]{6}$/;

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

type Known = Readonly<Record<string, unknown>>;

function lookUp(valueFrom: string, known: Known): string {
  const [, arn, key, stage, version] = inParts.exec(valueFrom) ?? [];
  if (arn === undefined) return inFull(known[valueFrom] ?? parameter(valueFrom, known), valueFrom);
  const found = known[valueFrom] ?? secret(arn, stage, version, known);
  if (found === undefined) throw missingSecret(arn, stage);
  if (!key) return text(found);
  const fields: unknown = typeof found === 'string' ? parse(found) : found;
  const value =
    typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>)[key] : undefined;
  if (value === undefined) {
    throw failed(`retrieved secret from Secrets Manager did not contain json key ${key}`);
  }
  return text(value);
}

/** The current version is stored under the ARN, another one under the ARN with its stage or id: `<ARN>::AWSPREVIOUS:`. */
function secret(arn: string, stage: string | undefined, version: string | undefined, known: Known): unknown {
  const suffix = version || (stage && stage !== 'AWSCURRENT') ? `::${stage ?? ''}:${version ?? ''}` : '';
  const short = arn.replace(randomSuffix, '');
  const full = Object.keys(known).find(
    (key) => key.startsWith(`${arn}-`) && key.slice(arn.length).replace(randomSuffix, '') === suffix,
  );
  return known[`${arn}${suffix}`] ?? known[`${short}${suffix}`] ?? (full === undefined ? full : known[full]);
}

/** By ARN or by name; a name in a hierarchy begins with a slash, which its ARN has only once. */
function parameter(valueFrom: string, known: Known): unknown {
  const path = parameterArn.exec(valueFrom)?.[1] ?? valueFrom.replace(/^\//, '');
  const arn = Object.keys(known).find((key) => parameterArn.exec(key)?.[1] === path);
  return known[`/${path}`] ?? known[path] ?? (arn === undefined ? arn : known[arn]);
}

function inFull(found: unknown, valueFrom: string): string {
  if (found !== undefined) return text(found);
  throw failed(`unable to retrieve secrets from ssm: invalid parameters: ${valueFrom}`);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function missingSecret(arn: string, stage: string | undefined): RuntimeError {
  const what =
    stage && stage !== 'AWSCURRENT'
      ? `the specified secret value for staging label: ${stage}`
      : 'the specified secret.';
  return failed(
    `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager: ResourceNotFoundException: Secrets Manager can't find ${what}`,
  );
}

function failed(detail: string): RuntimeError {
  return new RuntimeError(
    'ResourceInitializationError',
    `unable to pull secrets or registry auth: execution resource retrieval failed: ${detail}`,
  );
}

async function readSecrets(file: string): Promise<Record<string, unknown>> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw failed(`${file} cannot be read`);
  }
  const parsed = parse(content);
  if (typeof parsed !== 'object' || parsed === null) throw failed(`${file} is not a JSON object`);
  return parsed as Record<string, unknown>;
}

/** Undefined if it is no JSON; the text itself must not get into an error. */
function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
