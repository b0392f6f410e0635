/**
 * Asks one health URL once. Never follows redirects, never reads much, never talks to link-local addresses
 * (instance metadata): the address that is really connected to is the one that is checked.
 */
import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Sample } from '../release/judging/health.ts';
import type { HealthPlan } from '../release/plan.ts';
import { maskSecrets } from '../store/redact.ts';

export type HealthProbe = (health: HealthPlan, commit: string | null, signal: AbortSignal) => Promise<Sample>;

const MAX_BODY_BYTES = 64 * 1024;

const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');

const isForbidden = (address: string): boolean =>
  isIP(address) !== 0 && forbidden.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A name may lead anywhere: only the addresses that may be asked are handed to the connection. */
export const guardLookup =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => !isForbidden(address));
      const [first] = allowed;
      if (!first) return callback(new Error(`${hostname} resolves to a link-local address only`), '', 0);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };

const guardedLookup = guardLookup(dnsLookup);

export const probeHealth: HealthProbe = async (health, commit, signal) => {
  const url = new URL(health.url);
  if (isForbidden(url.hostname.replace(/^\[|\]$/g, ''))) {
    return { kind: 'bad', text: `${url.host} is a link-local address and is never asked` };
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(health.requestTimeoutMs)]);
  try {
    const { status, body } = await get(url, limit);
    return readAnswer(health, commit, status, body);
  } catch (error) {
    if (signal.aborted) throw error;
    const text = limit.aborted ? `no whole answer within ${health.requestTimeoutMs} ms` : messageOf(error);
    return { kind: 'unreachable', text: `${url.href}: ${text}` };
  }
};

const get = (url: URL, signal: AbortSignal): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = request(
      url,
      // A new connection each time: a kept one would keep asking the same task.
      {
        agent: false,
        lookup: guardedLookup,
        signal,
        headers: { accept: '*/*', 'user-agent': 'slipway-health-check' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const finish = (): void => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
        };
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
          else response.destroy();
        });
        response.on('end', finish);
        response.on('close', finish);
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end();
  });

const readAnswer = (health: HealthPlan, commit: string | null, status: number, body: string): Sample => {
  if (status < 200 || status > 299)
    return { kind: 'bad', text: `${health.url} answered ${status}: ${excerpt(body)}` };
  if (health.commitField === undefined || commit === null) return { kind: 'good' };
  const served = fieldOf(body, health.commitField);
  if (served === commit) return { kind: 'good' };
  return {
    kind: 'bad',
    text: `${health.url} serves commit ${served ?? 'unknown'} instead of ${commit}: ${excerpt(body)}`,
  };
};

/** A field of that very name, dots and all, or the one that the path `build.commit` leads to. */
const fieldOf = (body: string, field: string): string | null => {
  try {
    const answer: unknown = JSON.parse(body);
    const value = has(answer, field) ? answer[field] : field.split('.').reduce(inner, answer);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
};

const inner = (value: unknown, name: string): unknown => (has(value, name) ? value[name] : undefined);

const has = (value: unknown, name: string): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name);

const excerpt = (body: string): string => maskSecrets(body.replaceAll(/\s+/g, ' ').trim()).slice(0, 200);

/** Connection errors of Node come as an AggregateError without a message when several addresses failed. */
const messageOf = (error: unknown): string => {
  const { errors: [first] = [], message } = error as Partial<AggregateError>;
  return (first as Partial<Error> | undefined)?.message || message || String(error);
};
