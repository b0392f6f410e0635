/**
 * Who must say yes is decided by the end of the protected branch, never by the commit that is deployed: else a commit
 * could approve itself by leaving the question out (DESIGN.md, "Pools by right").
 */
import { parse } from 'yaml';
import { type Configuration, parseConfiguration } from '../config/parse-configuration.ts';
import { ConfigurationError } from '../errors.ts';
import type { ApprovalPlan } from '../release/plan.ts';

/** Where the tip asks for an approval in words that we do not understand. */
const UNKNOWN_DEADLINE_MS = 24 * 60 * 60_000;

/**
 * @param tip text of `slipway.yaml` at the tip; undefined where there is none
 * @param own what the commit itself asks for: it counts where the tip does not know the environment
 */
export function approvalFrom(
  tip: string | undefined,
  environment: string,
  own: ApprovalPlan | undefined,
): ApprovalPlan | undefined {
  if (tip === undefined) return own;
  const configuration = understood(tip);
  if (configuration === undefined) {
    return own ?? (mentionsApproval(tip, environment) ? { deadlineMs: UNKNOWN_DEADLINE_MS } : undefined);
  }
  if (!Object.hasOwn(configuration.environments, environment)) return own;
  const approval = configuration.environments[environment]?.approval;
  return approval && { deadlineMs: approval.deadline };
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
