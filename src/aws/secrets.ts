/**
 * Whether a secret or parameter that a task definition names is there. Never its value: DescribeSecret and
 * DescribeParameters answer with metadata only, so that this worker needs no right to read a secret.
 */
import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { SlipwayError } from '../errors.ts';
import { abortable, isCancelled } from './abortable.ts';
import { callAws } from './errors.ts';
import { placeOf, readParameterNames, readSecretName, type SecretReference } from './secret-references.ts';

export type SecretState =
  | { readonly kind: 'there' }
  | { readonly kind: 'missing'; readonly why: string }
  /** Could not be looked up: no permission, no answer, or another account's. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface SecretReferences {
  /**
   * Never throws for what AWS answers or fails to: a release must not hang on a service that it only asks for advice.
   * @param account of the service that needs it: parameters of others are not listed.
   */
  state(reference: SecretReference, account: string): Promise<SecretState>;
}

export interface SecretClients {
  /** Clients for the region; undefined: the worker's own. */
  readonly secretsIn: (region: string | undefined) => SecretsManagerClient;
  readonly parametersIn: (region: string | undefined) => SSMClient;
}

/** In a network without a way to these two services, a call would hang for minutes. */
const LOOK_LIMIT_MS = 10_000;
/** A filtered list may have empty pages before the one with the match. */
const PARAMETER_PAGES = 20;

const THERE: SecretState = { kind: 'there' };

export const createSecretReferences = (clients: SecretClients): SecretReferences => {
  const secretsIn = oncePerRegion(clients.secretsIn);
  const parametersIn = oncePerRegion(clients.parametersIn);
  return {
    async state(reference, account) {
      const region = placeOf(reference.valueFrom).region || undefined;
      try {
        return reference.store === 'secrets-manager'
          ? await secretState(secretsIn(region), reference.valueFrom)
          : await parameterState(parametersIn(region), reference.valueFrom, account);
      } catch (error) {
        if (isCancelled(error)) throw error;
        if (error instanceof SlipwayError) return { kind: 'unknown', why: error.message };
        if (error instanceof Error && /^(Abort|Timeout)Error$/.test(error.name)) {
          return { kind: 'unknown', why: `no answer within ${LOOK_LIMIT_MS / 1000} s` };
        }
        throw error;
      }
    },
  };
};

/** Clients keep connections: one a region is enough. */
const oncePerRegion = <T>(make: (region: string | undefined) => T): ((region: string | undefined) => T) => {
  const made = new Map<string | undefined, T>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
};

const secretState = async (client: SecretsManagerClient, valueFrom: string): Promise<SecretState> => {
  const { id, stage, version } = readSecretName(valueFrom);
  try {
    const secret = await callAws('secretsmanager:DescribeSecret', () =>
      client.send(new DescribeSecretCommand({ SecretId: id }), abortable(LOOK_LIMIT_MS)),
    );
    if (secret.DeletedDate) {
      return { kind: 'missing', why: `it was deleted on ${secret.DeletedDate.toISOString().slice(0, 10)}` };
    }
    const versions = Object.entries(secret.VersionIdsToStages ?? {});
    if (stage !== undefined && !versions.some(([, stages]) => stages.includes(stage))) {
      return { kind: 'missing', why: `it has no version labelled ${stage}` };
    }
    // Versions without a label are not listed here, though they may be there still.
    if (version !== undefined && !versions.some(([known]) => known === version)) {
      return { kind: 'unknown', why: `its version ${version} has no label any more` };
    }
    return THERE;
  } catch (error) {
    if (nameOfCause(error) === 'ResourceNotFoundException') return { kind: 'missing', why: 'there is none' };
    throw error;
  }
};

const parameterState = async (
  client: SSMClient,
  valueFrom: string,
  account: string,
): Promise<SecretState> => {
  const owner = placeOf(valueFrom).account;
  if (owner !== '' && owner !== account) return { kind: 'unknown', why: `it is account ${owner}'s` };
  const names = readParameterNames(valueFrom);
  // AWS's own parameters, and those that stand for a secret (`/aws/reference/secretsmanager/…`), are in no list.
  if (names[0].startsWith('/aws/')) return { kind: 'unknown', why: 'AWS lists no parameters under /aws/' };
  let NextToken: string | undefined;
  for (let page = 0; page < PARAMETER_PAGES; page += 1) {
    const answer = await callAws('ssm:DescribeParameters', () =>
      client.send(
        new DescribeParametersCommand({
          ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [...names] }],
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
        abortable(LOOK_LIMIT_MS),
      ),
    );
    if (answer.Parameters?.some(({ Name }) => names.includes(Name ?? ''))) return THERE;
    NextToken = answer.NextToken;
    if (!NextToken) return { kind: 'missing', why: 'there is none' };
  }
  return { kind: 'unknown', why: 'Parameter Store gave page after page without an answer' };
};

const nameOfCause = (error: unknown): string | undefined =>
  error instanceof Error && error.cause instanceof Error ? error.cause.name : undefined;
