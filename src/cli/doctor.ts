/**
 * Work of `slipway doctor`: which checks this place needs, all of them at once, and what came of them.
 */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { servicesOf } from '../config/cross-checks.ts';
import type { Configuration } from '../config/parse-configuration.ts';
import type { DoctorOptions, Place } from './commands/doctor.ts';
import { type AwsSession, identityCheck, openAws } from './doctor/aws.ts';
import { environmentChecks, fileCheck, readConfiguration } from './doctor/configuration.ts';
import { architectureCheck, dockerCheck, type Engine, openEngine, toolCheck } from './doctor/docker.ts';
import { type Check, runChecks } from './doctor/finding.ts';
import { gitCheck, noCredentialsCheck, nodeCheck, remoteCheck } from './doctor/machine.ts';
import type { PoolWithAws } from './doctor/permission-calls.ts';
import { changesCheck, type KnownSubject, permissionChecks } from './doctor/permissions.ts';
import {
  engineQueueCheck,
  namespaceCheck,
  openTemporal,
  poolChecks,
  searchAttributesCheck,
  serverCheck,
  type Temporal,
} from './doctor/temporal.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { CONFIG_FILE } from './finding/app-name.ts';
import { repositoryTop } from './finding/git.ts';
import type { CommandContext } from './program.ts';
import { renderDoctor } from './render/doctor.ts';
import { jsonText } from './render/sanitize.ts';

export async function doctor(
  place: Place,
  options: DoctorOptions,
  { cwd, terminal }: CommandContext,
): Promise<ExitCode> {
  const file = await readConfiguration(await findConfiguration(cwd));
  const temporal = openTemporal();
  const aws = openAws();
  const engine = openEngine(terminal.env);
  try {
    const checks = [
      ...(await machineChecks(place, engine, cwd, terminal.env)),
      ...temporalChecks(place, temporal, engine, file.configuration),
      ...awsChecks(place, aws, file.configuration),
      ...(place === 'all' || place === 'client' || place === 'local' ? [fileCheck(file)] : []),
      ...((place === 'all' || place === 'deploy') && file.configuration
        ? environmentChecks(aws, file.configuration)
        : []),
    ];
    const findings = await runChecks(checks);
    const count = (state: string): number => findings.filter((finding) => finding.state === state).length;
    const isWell = count('broken') === 0;
    terminal.result(
      options.output === 'json'
        ? jsonText({ place, ok: isWell, broken: count('broken'), warnings: count('warning'), findings }, 2)
        : renderDoctor(place, findings, terminal.resultStyle),
    );
    return isWell ? EXIT.ok : EXIT.failed;
  } finally {
    aws.close();
    await engine.close();
    // A server that hangs would hang here, too.
    await Promise.race([temporal.close(), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  }
}

async function findConfiguration(folder: string): Promise<string | undefined> {
  const path = join(folder, CONFIG_FILE);
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findConfiguration(parent);
}

async function machineChecks(
  place: Place,
  engine: Engine,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly Check[]> {
  const withGit = place === 'all' || place === 'client' || place === 'control' || place === 'local';
  const withDocker = place === 'all' || place === 'build' || place === 'local';
  const withTools = place === 'all' || place === 'local';
  return [
    nodeCheck(),
    ...(withGit ? [gitCheck(), remoteCheck(await repositoryTop(cwd))] : []),
    ...(withDocker
      ? [
          dockerCheck(engine, env),
          toolCheck('buildx', true, env),
          // A build machine may be for its own architecture alone.
          architectureCheck('amd64', engine, place !== 'build'),
          architectureCheck('arm64', engine, place !== 'build'),
        ]
      : []),
    ...(withTools
      ? [toolCheck('temporal', place === 'local', env), toolCheck('registry', place === 'local', env)]
      : []),
    ...(place === 'control' || place === 'checks' ? [noCredentialsCheck(place, env)] : []),
  ];
}

/** Workers find out about each other; whether the pools are served matters to those who start releases. */
function temporalChecks(
  place: Place,
  temporal: Temporal,
  engine: Engine,
  configuration: Configuration | undefined,
): readonly Check[] {
  // `slipway local up` brings its own.
  if (place === 'local') return [];
  const server = [serverCheck(temporal), namespaceCheck(temporal)];
  if (place !== 'all' && place !== 'client') return server;
  const app = configuration?.app ?? '<app>';
  const pools = poolChecks(temporal, configuration, app);
  const all = [searchAttributesCheck(temporal), engineQueueCheck(temporal, engine)];
  return [...server, ...pools, ...(place === 'all' ? all : [])];
}

const POOLS: Readonly<Partial<Record<Place, readonly PoolWithAws[]>>> = {
  all: ['build', 'deploy'],
  build: ['build'],
  deploy: ['deploy'],
};

function awsChecks(
  place: Place,
  aws: AwsSession,
  configuration: Configuration | undefined,
): readonly Check[] {
  const pools = POOLS[place];
  if (pools === undefined) return [];
  return [
    identityCheck(aws),
    ...permissionChecks(aws, pools, subjectOf(configuration)),
    changesCheck(aws, pools),
  ];
}

const MADE_UP = 'slipway-doctor';

function subjectOf(configuration: Configuration | undefined): KnownSubject {
  const [section] = Object.values(configuration?.environments ?? {});
  const [image, { repository } = { repository: undefined }] =
    Object.entries(configuration?.images ?? {})[0] ?? [];
  if (configuration === undefined || section === undefined || image === undefined) {
    return { cluster: MADE_UP, service: MADE_UP, repository: MADE_UP };
  }
  const [first = MADE_UP] = servicesOf(configuration, section);
  return {
    cluster: section.cluster,
    service: configuration.services[first]?.service ?? first,
    repository: repository ?? `${configuration.app}/${image}`,
  };
}
