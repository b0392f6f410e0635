/**
 * The demo itself: four commits of the sample, brought and taken back, with a prober at the door.
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePorts } from '../../local/stack/ports.ts';
import {
  type Act,
  COMMIT_OF,
  type DemoOutcome,
  type Ended,
  EXPECTED_VERDICTS,
  FREEZE_REASON,
} from './outcome.ts';
import type { DemoTools } from './run-program.ts';
import { askWhatServes } from './serving.ts';
import { type Prober, startProber } from './start-prober.ts';

const REQUESTS_PER_SECOND = 20;
/** How long a single release may take before the demo is called broken. */
const RELEASE_TIMEOUT_S = 900;

export interface Addresses {
  readonly web: string;
  readonly api: string;
}

export interface DemoResult {
  readonly outcome: DemoOutcome;
  readonly addresses: Addresses;
}

export async function tellStory(tools: DemoTools, folder: string): Promise<DemoResult> {
  const repository = join(folder, 'app');
  tools.say('A git repository with four commits of examples/containrlab');
  const commits = await tools.makeHistory(repository);

  tools.say('The local stack: Temporal, a registry, ECS and ECR on Docker, all workers');
  await tools.slipway(['local', 'up', ...tools.instance, '--repository', repository, ...FREE_PORTS]);

  tools.say('Cluster, repositories, load balancer and services, made by the sample’s own infra/create.js');
  const [web = 0, api = 0] = await freePorts(2);
  await tools.createInfra({ WEB_PORT: String(web), API_PORT: String(api) });
  const addresses = { web: `http://localhost:${web}`, api: `http://localhost:${api}` };

  const { say } = tools;
  const releases: Partial<Record<Act, Ended>> = {};
  const run = async (act: Act, command: readonly string[], label?: string): Promise<void> => {
    releases[act] = await tools.release(repository, command, RELEASE_TIMEOUT_S, label);
  };
  const deploy = (act: Act, label?: string): Promise<void> =>
    run(act, ['deploy', 'production', '--sha', commits[COMMIT_OF[act]] ?? ''], label);
  let prober: Prober | undefined;
  try {
    say('The first release, into services that have never run anything');
    await deploy('first');
    // Without it there is nothing to probe, and nothing to go back to.
    if (releases.first?.report.verdict === EXPECTED_VERDICTS.first) {
      prober = startProber(probeAddresses(addresses), REQUESTS_PER_SECOND);

      prober.begin('two at once');
      say(
        'Two commits at once, while requests come in. Both change all four services; the elder is superseded',
      );
      await Promise.all([deploy('elder', 'elder'), deploy('newer', 'newer')]);

      prober.begin('broken');
      say('One that is broken: the api does not start. It has to be rolled back, and nobody may notice');
      await deploy('broken');

      prober.begin('frozen');
      say('A freeze: the same again is refused, and told why');
      await tools.tell(repository, ['freeze', 'production', '--reason', FREEZE_REASON]);
      await deploy('frozen');

      prober.begin('back');
      say('Back to the first release – which is allowed, frozen or not –, and the end of the freeze');
      await run('back', ['rollback', 'production', '--to', String(releases.first.report.number)]);
      await tools.tell(repository, ['unfreeze', 'production']);
    }
    const probes = (await prober?.end()) ?? { phases: [], failures: [] };
    prober = undefined;
    const serving = await askWhatServes(addresses.web, addresses.api);
    const environment = await settled(tools, repository, Object.keys(releases).length);
    return { outcome: { commits, releases, environment, probes, serving }, addresses };
  } finally {
    prober?.kill();
  }
}

const FREE_PORTS = ['--temporal-port', '0', '--ui-port', '0', '--aws-port', '0'];

/** The environment hears of the end of a release a moment later than whoever has waited for it. */
async function settled(
  tools: DemoTools,
  repository: string,
  releases: number,
): Promise<DemoOutcome['environment']> {
  for (let look = 1; ; look += 1) {
    const environment = await tools.environment(repository);
    if (environment.ledger.length >= releases || look === 10) return environment;
    await setTimeout(500);
  }
}

/** `/api/jobs` fails when runnerd does, through both doors. */
const probeAddresses = ({ web, api }: Addresses): string[] => [
  `${web}/health`,
  `${api}/health`,
  `${web}/`,
  `${api}/api/jobs`,
  `${web}/api/jobs`,
];
