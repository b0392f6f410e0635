/**
 * Control's first step: a commit of the configured repository → its archive in the store and what its
 * `slipway.yaml` says for the environment.
 */
import { Context } from '@temporalio/activity';
import { CONFIGURATION_FILE, parseConfiguration } from '../config/parse-configuration.ts';
import { type PromotionRule, policyOf } from '../config/policy.ts';
import { findEnvironment, specFor } from '../config/spec-for.ts';
import { ConfigurationError, UnsafePlanError } from '../errors.ts';
import { MOST_ANCESTORS } from '../release/environment/arrival.ts';
import { occurrences } from '../release/environment/calendar.ts';
import type { Promotion, ServiceSpec } from '../release/plan.ts';
import { notBrought } from '../release/promotion.ts';
import { openRepository, type Repository } from '../source/repository.ts';
import type { Store } from '../store/store.ts';
import type { ControlActivities, Unverified } from './contracts/control.ts';
import { findVerification } from './find-verification.ts';
import { gitHubPlaceOf } from './github-place.ts';
import { withHeartbeat } from './heartbeat.ts';
import { policyFrom } from './tip-policy.ts';

/** A release that waits longer is told by another one when the next freeze begins. */
const FREEZE_DAYS = 14;

export interface SourcePorts {
  readonly store: Store;
  /** App → its repository: an absolute path, or an https or ssh URL without password. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Where bare copies of the repositories are kept. */
  readonly folder: string;
  /** App → its repository on GitHub (`owner/name`), where that is to be told how releases stand. */
  readonly gitHubRepositories?: Readonly<Record<string, string>>;
}

/** The app and where its repository is. Errors: `ConfigurationError`. */
export function repositoryFor(
  repositories: SourcePorts['repositories'],
  wanted: string | undefined,
): [string, string] {
  const apps = Object.keys(repositories);
  const app = wanted ?? (apps.length === 1 ? apps[0] : undefined);
  const known = `this control worker serves ${apps.join(', ') || 'no app'}`;
  if (app === undefined) throw new ConfigurationError(`which app? ${known}`, { advice: 'name one as "app"' });
  const url = Object.hasOwn(repositories, app) ? repositories[app] : undefined;
  if (url === undefined) {
    throw new ConfigurationError(`there is no app ${JSON.stringify(app)}: ${known}`, {
      advice: 'give the control worker its repository, or correct the name',
    });
  }
  return [app, url];
}

interface Verified {
  readonly promotion?: Promotion;
  readonly unverified?: Unverified;
  readonly warnings: readonly string[];
}

/** What the environment makes of it that another one has, or has not, verified the commit. */
async function verificationFor(
  store: Store,
  app: string,
  rule: PromotionRule | null,
  sha: string,
  services: { readonly ours: readonly ServiceSpec[]; readonly alone: readonly string[] | null },
): Promise<Verified> {
  if (rule === null) return { warnings: [] };
  const { from, required } = rule;
  const found = await findVerification(store, { app, environment: from }, sha);
  if (found.kind === 'verified') {
    const { promotion } = found;
    const [missing] = services.alone ? notBrought(services.ours, services.alone, promotion) : [];
    if (!missing || !required)
      return { promotion: { ...promotion, ...(required && { required }) }, warnings: [] };
    const { image, service } = missing;
    const why = `release ${promotion.number} of ${from} has brought it without image ${image}, which ${service} runs: what runs here alone is for the tip of the protected branch to say`;
    return { unverified: { from, why }, warnings: [] };
  }
  const { why } = found;
  if (required) return { unverified: { from, why }, warnings: [] };
  return { warnings: [`${from} has not verified this commit (${why}): it is tested and built here`] };
}

/**
 * Who may push any branch, tag or GitHub Deployment is more than who may bring a commit to the protected branch: what an
 * event names is deployed only where that branch leads to it.
 */
async function refuseOthers(repository: Repository, sha: string, branch: string): Promise<void> {
  if (await repository.isPartOf(sha, branch)) return;
  throw new UnsafePlanError(`commit ${sha} is not part of ${branch}, which it was to be deployed from`, {
    advice: 'bring it to that branch first, or deploy it by hand: slipway deploy --sha',
  });
}

export function createSourceActivities(
  ports: SourcePorts,
): Pick<ControlActivities, 'readSource' | 'compareCommits'> {
  const open = (url: string, onProgress?: (line: string) => void): Promise<Repository> =>
    openRepository({
      url,
      folder: ports.folder,
      signal: Context.current().cancellationSignal,
      ...(onProgress && { onProgress }),
    });
  return {
    compareCommits: ({ app, sha, serving }) =>
      withHeartbeat('comparing', async (heart) => {
        const [, url] = repositoryFor(ports.repositories, app);
        return (await open(url, heart.line)).compare(sha, serving);
      }),

    readSource: (request) =>
      withHeartbeat('fetching', async (heart) => {
        const [app, url] = repositoryFor(ports.repositories, request.app);
        const repository = await open(url, heart.line);
        const commit = await repository.resolve(request.sha);
        if (request.partOf !== undefined) await refuseOthers(repository, commit.sha, request.partOf);
        heart.phase('reading the configuration');
        const text = await repository.readFile(commit.sha, CONFIGURATION_FILE);
        if (text === undefined) {
          throw new ConfigurationError(`commit ${commit.sha} has no ${CONFIGURATION_FILE} in its root`, {
            advice: 'add one: docs/configuration.md has a short example',
          });
        }
        const configuration = parseConfiguration(text);
        if (configuration.app !== app) {
          throw new ConfigurationError(
            `${configuration.at(['app'])}: expected ${JSON.stringify(app)}, the app that this repository is configured for, got ${JSON.stringify(configuration.app)}`,
          );
        }
        heart.phase('storing the source');
        const source = await repository.archive(commit.sha, (content) => ports.store.putArchive(content));
        const spec = await specFor(configuration, request.environment, {
          commit,
          source,
          readFile: (path) => repository.readFile(commit.sha, path),
          putText: (body) => ports.store.putText(body),
        });
        heart.phase('reading the policy');
        const readAtMs = Date.now();
        const tip = await repository.tip();
        const gates = tip === undefined ? undefined : await repository.readFile(tip, CONFIGURATION_FILE);
        const { where, promote, alone, approval, queue, freezes, warnings } = policyFrom(gates, {
          environment: request.environment,
          policy: policyOf(findEnvironment(configuration, request.environment)),
          services: spec.services.map(({ service }) => service),
        });
        const verified = await verificationFor(ports.store, app, promote, commit.sha, {
          ours: spec.services,
          alone,
        });
        const github = gitHubPlaceOf(ports, app, request.environment);
        return {
          ...(github && { github }),
          spec: {
            ...spec,
            ...where,
            ...(approval && { approval }),
            ...(verified.promotion && { promotion: verified.promotion }),
            warnings: [...warnings, ...verified.warnings],
          },
          ...(verified.unverified && { unverified: verified.unverified }),
          ancestors: await repository.ancestors(commit.sha, MOST_ANCESTORS),
          rules: { policy: queue, freezes: occurrences(freezes, readAtMs, FREEZE_DAYS), readAtMs },
        };
      }),
  };
}
