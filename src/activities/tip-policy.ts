/**
 * Who must say yes, and when nothing may be deployed, is decided by the end of the protected branch, never by the
 * commit that is deployed: else a commit could let itself in by leaving the gate out (DESIGN.md, "Pools by right").
 */
import { parse } from 'yaml';
import { type Configuration, parseConfiguration } from '../config/parse-configuration.ts';
import { type Policy, policyOf } from '../config/policy.ts';
import { ConfigurationError } from '../errors.ts';

/** Where the tip asks for an approval in words that we do not understand. */
const UNKNOWN_DEADLINE_MS = 24 * 60 * 60_000;

/**
 * @param tip text of `slipway.yaml` at the tip; undefined where there is none
 * @param own what the commit itself says: it counts where the tip does not know the environment
 */
export function policyFrom(tip: string | undefined, environment: string, own: Policy): Policy {
  if (tip === undefined) return own;
  const configuration = understood(tip);
  if (configuration === undefined) {
    const asks = own.approval === null && mentionsApproval(tip, environment);
    return asks ? { ...own, approval: { deadlineMs: UNKNOWN_DEADLINE_MS } } : own;
  }
  if (!Object.hasOwn(configuration.environments, environment)) return own;
  const section = configuration.environments[environment];
  return section ? policyOf(section) : own;
}

/** The tip may be broken, or written for a newer Slipway: releases of other commits go on. */
function understood(text: string): Configuration | undefined {
  try {
    return parseConfiguration(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** The stricter reading: what cannot be understood as a whole may still ask for an approval. */
function mentionsApproval(text: string, environment: string): boolean {
  let root: unknown;
  try {
    root = parse(text, { maxAliasCount: 100, logLevel: 'silent' });
  } catch {
    return false;
  }
  const at = (value: unknown, key: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? (value as Readonly<Record<string, unknown>>)[key]
      : undefined;
  const section = at(at(root, 'environments'), environment);
  return typeof section === 'object' && section !== null && Object.hasOwn(section, 'approval');
}
