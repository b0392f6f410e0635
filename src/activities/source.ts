/**
 * Control's first step: a commit of the configured repository → its archive in the store and what its
 * `slipway.yaml` says for the environment.
 */
import { Context } from '@temporalio/activity';
import { CONFIGURATION_FILE, parseConfiguration } from '../config/parse-configuration.ts';
import { specFor } from '../config/spec-for.ts';
import { ConfigurationError } from '../errors.ts';
import { openRepository } from '../source/git.ts';
import type { Store } from '../store/store.ts';
import type { ControlActivities } from './control-contract.ts';
import { withHeartbeat } from './heartbeat.ts';
import { createMarkActivities, type MarkPorts } from './release-marks.ts';
import { approvalFrom } from './tip-policy.ts';

export interface ControlPorts extends MarkPorts {
  readonly store: Store;
  /** App → its repository: an absolute path, or an https or ssh URL without password. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Where bare copies of the repositories are kept. */
  readonly folder: string;
}

function repositoryFor(
  repositories: ControlPorts['repositories'],
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

export function createControlActivities(ports: ControlPorts): ControlActivities {
  return {
    ...createMarkActivities(ports),
    readSource: (request) =>
      withHeartbeat('fetching', async (heart) => {
        const [app, url] = repositoryFor(ports.repositories, request.app);
        const repository = await openRepository({
          url,
          folder: ports.folder,
          signal: Context.current().cancellationSignal,
          onProgress: heart.line,
        });
        const commit = await repository.resolve(request.sha);
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
        const { approval: own, ...spec } = await specFor(configuration, request.environment, {
          commit,
          source,
          readFile: (path) => repository.readFile(commit.sha, path),
          putText: (body) => ports.store.putText(body),
        });
        heart.phase('reading the policy');
        const tip = await repository.tip();
        const policy = tip === undefined ? undefined : await repository.readFile(tip, CONFIGURATION_FILE);
        const approval = approvalFrom(policy, request.environment, own);
        return { ...spec, ...(approval && { approval }) };
      }),
  };
}
