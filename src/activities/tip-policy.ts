/**
 * Who must say yes, when nothing may be deployed, what must be verified first and where an environment is, is decided
 * by the end of the protected branch, never by the commit that is deployed: else a commit could let itself in by leaving
 * the gate out, or by walking around it (DESIGN.md, "Pools by right").
 */
import type { Policy } from '../config/policy.ts';
import { readTip, type Tip, type TipEnvironment } from '../config/tip.ts';
import { UnsafePlanError } from '../errors.ts';
import { isSamePlace, placeText, type Whereabouts } from '../release/whereabouts.ts';

/** Where the tip asks for an approval in words that we do not understand. */
const UNKNOWN_DEADLINE_MS = 24 * 60 * 60_000;

const TIP = 'the tip of the protected branch';

export interface OwnWords {
  readonly environment: string;
  /** What the commit itself says: it counts where the tip does not know the environment. */
  readonly policy: Policy;
  /** The services that it would change, by their names in ECS. */
  readonly services: readonly string[];
}

export interface TipPolicy extends Policy {
  /**
   * Names in ECS of the services whose images the environment that verifies first does not run. Null: the tip does not
   * know the environment.
   */
  readonly alone: readonly string[] | null;
  readonly warnings: readonly string[];
}

/**
 * @param text of `slipway.yaml` at the tip; undefined where there is none
 * @throws UnsafePlanError where the commit reaches for what the tip gives to another environment
 */
export function policyFrom(text: string | undefined, own: OwnWords): TipPolicy {
  const tip: Tip = text === undefined ? new Map() : readTip(text);
  const its = tip.get(own.environment);
  const policy = its ? bound(its, own.policy) : own.policy;
  const others = [...tip].flatMap(([name, other]) =>
    name !== own.environment && isSame(whereOf(other), policy.where) ? [{ name, other }] : [],
  );
  for (const { name, other } of others) {
    if (its) refuseServices(own, policy.where, name, servicesOf(other), servicesOf(its));
    else refuseCluster(own.environment, policy.where, name);
  }
  const verifier = policy.promote ? tip.get(policy.promote.from) : undefined;
  return {
    ...policy,
    alone: its ? aloneIn(its, verifier) : null,
    warnings: differences(own.policy.where, policy.where),
  };
}

const bound = (its: TipEnvironment, own: Policy): Policy => {
  if (its.kind === 'understood') return its.policy;
  return {
    ...own,
    where: its.where ?? own.where,
    promote: its.promote ?? own.promote,
    approval: own.approval ?? (its.asksSomebody ? { deadlineMs: UNKNOWN_DEADLINE_MS } : null),
  };
};

/** A name that is new to the tip must not open another way into a cluster that has its gates. */
const refuseCluster = (environment: string, where: Whereabouts, owner: string): never => {
  throw new UnsafePlanError(
    `${TIP} does not know environment ${environment}, and gives ${placeText(where)} to environment ${owner}`,
    { advice: `bring ${environment} to the protected branch first, or give it a cluster of its own` },
  );
};

/** Environments that share a cluster are told apart by their services. */
const refuseServices = (
  { environment, services }: OwnWords,
  where: Whereabouts,
  owner: string,
  theirs: readonly string[],
  ours: readonly string[],
): void => {
  const taken = services.filter((service) => theirs.includes(service) && !ours.includes(service));
  if (taken.length === 0) return;
  throw new UnsafePlanError(
    `the commit gives ${taken.join(', ')} in ${placeText(where)} to environment ${environment}, ${TIP} to environment ${owner}`,
    { advice: 'bring the change of services to the protected branch first' },
  );
};

const whereOf = (its: TipEnvironment): Whereabouts | null =>
  its.kind === 'understood' ? its.policy.where : its.where;

const servicesOf = (its: TipEnvironment): readonly string[] =>
  its.kind === 'understood' ? [...its.services.keys()] : [];

/** None where that cannot be told: then all has to be verified. */
const aloneIn = (its: TipEnvironment, verifier: TipEnvironment | undefined): readonly string[] => {
  if (its.kind !== 'understood' || verifier?.kind !== 'understood') return [];
  const verified = new Set([...verifier.services.values()].flat());
  return [...its.services].flatMap(([service, images]) =>
    images.some((image) => verified.has(image)) ? [] : [service],
  );
};

/** Whether ECS tells names of clusters apart by case is not documented: the stricter reading. */
const isSame = (one: Whereabouts | null, other: Whereabouts): boolean =>
  one?.cluster.toLowerCase() === other.cluster.toLowerCase() && one.deployQueue === other.deployQueue;

const differences = (commit: Whereabouts, tip: Whereabouts): readonly string[] =>
  isSamePlace(commit, tip)
    ? []
    : [`it goes to ${placeText(tip)}, as ${TIP} says; the commit says ${placeText(commit)}`];
