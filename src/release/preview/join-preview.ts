/**
 * Joins what the repository says, what the environment would answer and what the deploy pool sees into the preview of a
 * release. Pure. What stands against it is found in the order in which the release itself would meet it.
 */
import type { CommitOrder } from '../environment/commit-order.ts';
import type { Foresight } from '../environment/foresight.ts';
import { isStuck, type WindowSettings, windowOf } from '../judging/window.ts';
import type { ReleaseRequest, ReleaseSpec } from '../plan.ts';
import { NOT_ALLOWED, notVerified, olderCommit, type Refusal } from '../refusals.ts';
import { clip, firstThatFits, head, type Limits, sightWithin } from './fit.ts';
import type {
  Outcome,
  PreviewedImage,
  PreviewedService,
  PreviewedWindow,
  ReleasePreview,
} from './preview.ts';
import type { Obstacle, ServiceSight, Sight } from './sight.ts';

export interface PreviewFacts {
  readonly request: Pick<ReleaseRequest, 'allowOlder' | 'force'>;
  readonly spec: ReleaseSpec;
  /** The environment that should have verified the commit and has not; null: nothing is missing. */
  readonly unverified: { readonly from: string; readonly why: string } | null;
  readonly foresight: Foresight;
  /** How the commit stands to the one that serves; null: nobody knows. */
  readonly order: CommitOrder | null;
  readonly sight: Sight;
  readonly nowMs: number;
}

/** Below what one payload of Temporal is warned about, with room for what is around it. */
const MOST_BYTES = 62 * 1024;
const MOST_CHECKS = 100;
const MOST_COMMAND = 20;

export const joinPreview = (facts: PreviewFacts): ReleasePreview =>
  firstThatFits((limits) => preview(facts, limits), MOST_BYTES);

const preview = (facts: PreviewFacts, limits: Limits): ReleasePreview => {
  const { spec, foresight, order, nowMs, request } = facts;
  const sight = sightWithin(facts.sight, limits);
  const isInPlace = sight.inPlace !== null && request.force !== true;
  const causes = obstaclesOf(facts);
  const cut = (text: string): string => clip(text, limits.text);
  const { serving, ...queue } = foresight;
  const { promotion, approval, migration, bake, keep } = spec;
  const checks = spec.checks.slice(0, Math.min(MOST_CHECKS, limits.images));
  return {
    version: 1,
    app: spec.app,
    environment: spec.environment,
    cluster: spec.cluster,
    commit: { sha: spec.commit.sha, subject: cut(spec.commit.subject), author: cut(spec.commit.author) },
    madeAtMs: nowMs,
    outcome: outcomeOf(causes, isInPlace),
    causes: causes.map(({ kind, summary, evidence }) => ({
      kind,
      summary: clip(summary, limits.summary),
      evidence,
    })),
    serving: serving && { ...serving, order },
    queue: queueWithin(queue, limits),
    checksSkipped: whyUnchecked(facts, isInPlace),
    checks: checks.map(({ name, needs, timeoutMs }) => ({
      name: cut(name),
      needs: head(needs.map(cut), limits.changes),
      timeoutMs,
    })),
    moreChecks: spec.checks.length - checks.length,
    images: sight.images.map((image) => imageOf(image, isInPlace)),
    buildTimeoutMs: Math.max(0, ...spec.images.map(({ timeoutMs }) => timeoutMs)),
    moreImages: sight.moreImages,
    services: sight.services.map((service) => serviceOf(service, isInPlace)),
    moreServices: sight.moreServices,
    waves: spec.waves.length,
    timing: spec.timing,
    approval: approval ?? null,
    migration: migration ? { ...migration, command: commandWithin(migration.command, cut) } : null,
    bake: bake ? { durationMs: bake.durationMs, alarms: bake.alarms.length, logs: bake.logs.length } : null,
    keep: keep ?? null,
    promotedFrom: promotion ? { environment: promotion.environment, number: promotion.number } : null,
    warnings: sight.warnings,
  };
};

const queueWithin = (queue: ReleasePreview['queue'], { others: most }: Limits): ReleasePreview['queue'] => ({
  ...queue,
  supersedes: head(queue.supersedes, most),
  others: queue.others.slice(0, most),
  moreOthers: queue.moreOthers + Math.max(0, queue.others.length - most),
});

type Against = Refusal & { readonly outcome: Exclude<Outcome, 'begin' | 'in-place'> };

/** Joining comes first, then the commit that serves, then who has to verify it, then the cluster, at last the turn. */
const obstaclesOf = (facts: PreviewFacts): readonly Against[] => {
  const { request, spec, unverified, foresight, order, sight } = facts;
  const { sha } = spec.commit;
  const { refused, serving, turn } = foresight;
  const found: Against[] = [];
  if (refused !== null) found.push({ outcome: 'refused', kind: NOT_ALLOWED, summary: refused, evidence: [] });
  const isOlder = serving !== null && order === 'older' && request.allowOlder !== true;
  if (isOlder) found.push({ outcome: 'refused', ...olderCommit(sha, serving) });
  if (unverified)
    found.push({
      outcome: 'refused',
      ...notVerified({ app: spec.app, environment: spec.environment, sha }, unverified),
    });
  if (sight.obstacle) found.push(ofPlan(sight.obstacle));
  // What is in place asks for no turn; of an older commit the queue says the same once more.
  const isInPlace = sight.inPlace !== null && request.force !== true;
  if (turn?.kind === 'superseded' && !isInPlace && !isOlder)
    found.push({
      outcome: 'superseded',
      kind: 'superseded',
      summary: `superseded ${turn.why}`,
      evidence: [],
    });
  return found;
};

const ofPlan = ({ kind, text }: Obstacle): Against =>
  kind === 'unsafe'
    ? { outcome: 'refused', kind: 'unsafe-plan', summary: text, evidence: [] }
    : { outcome: 'configuration', kind: 'configuration', summary: text, evidence: [] };

const outcomeOf = ([first]: readonly Against[], isInPlace: boolean): Outcome => {
  if (first) return first.outcome;
  return isInPlace ? 'in-place' : 'begin';
};

const whyUnchecked = ({ spec, sight }: PreviewFacts, isInPlace: boolean): string | null => {
  if (isInPlace) return `this commit serves already, since release ${sight.inPlace}`;
  const { promotion } = spec;
  return promotion ? `verified by release ${promotion.number} of ${promotion.environment}` : null;
};

const imageOf = (image: Sight['images'][number], isInPlace: boolean): PreviewedImage =>
  isInPlace ? { ...image, source: 'nothing' } : image;

const serviceOf = (service: ServiceSight, isInPlace: boolean): PreviewedService => ({
  ...service,
  ...(isInPlace && { changes: [] }),
  window: service.window && previewOfWindow(service.window),
});

export const previewOfWindow = (settings: WindowSettings): PreviewedWindow => {
  const { desired, minimumHealthyPercent, maximumPercent } = settings;
  const { lower, upper } = windowOf(settings);
  const way = ((): PreviewedWindow['way'] => {
    if (desired === 0) return 'empty';
    if (isStuck(settings)) return 'stuck';
    return upper > desired ? 'start-first' : 'stop-first';
  })();
  return {
    desired,
    minimumPercent: minimumHealthyPercent ?? 100,
    maximumPercent: maximumPercent ?? 200,
    lower,
    upper,
    way,
  };
};

const commandWithin = (
  [program, ...rest]: readonly [string, ...string[]],
  cut: (text: string) => string,
): readonly [string, ...string[]] => [cut(program), ...head(rest.map(cut), MOST_COMMAND)];
