/**
 * The demo itself: three commits of the sample, deployed one after the other, with a prober at the door.
 */
import { join } from 'node:path';
import { freePorts } from '../../local/stack/ports.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { type DemoOutcome, EXPECTED_VERDICTS } from './outcome.ts';
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
  tools.say('A git repository with three commits of examples/containrlab');
  const commits = await tools.makeHistory(repository);

  tools.say('The local stack: Temporal, a registry, ECS and ECR on Docker, all workers');
  await tools.slipway(['local', 'up', ...tools.instance, '--repository', repository, ...FREE_PORTS]);

  tools.say('Cluster, repositories, load balancer and services, made by the sample’s own infra/create.js');
  const [web = 0, api = 0] = await freePorts(2);
  await tools.createInfra({ WEB_PORT: String(web), API_PORT: String(api) });
  const addresses = { web: `http://localhost:${web}`, api: `http://localhost:${api}` };

  const releases: ReleaseReport[] = [];
  let prober: Prober | undefined;
  try {
    for (const [index, sha] of commits.entries()) {
      const title = `release ${index + 1}`;
      // Before the first release there is nothing to probe, and without it nothing to go back to.
      if (index === 1) prober = startProber(probeAddresses(addresses), REQUESTS_PER_SECOND);
      prober?.begin(title);
      tools.say(`Release ${index + 1}: ${RELEASES[index] ?? sha}`);
      const report = await tools.deploy(repository, sha, RELEASE_TIMEOUT_S);
      releases.push(report);
      if (index === 0 && report.verdict !== EXPECTED_VERDICTS[0]) break;
    }
    const probes = (await prober?.end()) ?? { phases: [], failures: [] };
    prober = undefined;
    const serving = await askWhatServes(addresses.web, addresses.api);
    return { outcome: { commits, releases, probes, serving }, addresses };
  } finally {
    prober?.kill();
  }
}

const FREE_PORTS = ['--temporal-port', '0', '--ui-port', '0', '--aws-port', '0'];

const RELEASES = [
  'the first, into services that have never run anything',
  'changes all four services, while requests come in',
  'broken: the api does not start. It has to be rolled back, and nobody may notice',
];

/** `/api/jobs` fails when runnerd does, through both doors. */
const probeAddresses = ({ web, api }: Addresses): string[] => [
  `${web}/health`,
  `${api}/health`,
  `${web}/`,
  `${api}/api/jobs`,
  `${web}/api/jobs`,
];
