/** `slipway doctor` against the local AWS without containers: what a cluster has and has not; and never a secret. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { renderDoctor } from '../../src/cli/render/doctor.ts';
import { freePorts } from '../../src/local/stack/ports.ts';
import { type AwsWithoutDocker, setEnvironment, startAwsWithoutDocker } from './aws-without-docker.ts';
import { runCli } from './fake-terminal.ts';

let aws: AwsWithoutDocker;
let folder: string;
let restore = (): void => undefined;

beforeAll(async () => {
  aws = await startAwsWithoutDocker();
  folder = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
  const [port = 0] = await freePorts(1);
  restore = setEnvironment({ ...aws.env, TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
  const ecs = new ECSClient(aws.settings);
  await ecs.send(new CreateClusterCommand({ clusterName: 'main' }));
  const containerDefinitions = [{ name: 'app', image: 'nginx' }];
  const task = {
    requiresCompatibilities: ['FARGATE' as const],
    networkMode: 'awsvpc' as const,
    cpu: '256',
    memory: '512',
  };
  await ecs.send(new RegisterTaskDefinitionCommand({ family: 'web', ...task, containerDefinitions }));
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'main',
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 0,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    }),
  );
  await new ECRClient(aws.settings).send(new CreateRepositoryCommand({ repositoryName: 'shop/web' }));
});
afterAll(async () => {
  restore();
  await aws.close();
  await rm(folder, { recursive: true });
});

const diagnose = async (configuration: string) => {
  await writeFile(join(folder, 'slipway.yaml'), configuration);
  const { exitCode, stdout, stderr } = await runCli(['doctor', 'deploy', '--json'], folder);
  expect(stderr).toBe('');
  expect(stdout).not.toContain(aws.settings.credentials.secretAccessKey);
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return { exitCode, of: (id: string) => findings.find((finding) => finding.id === id), findings };
};

describe('for a deploy worker', () => {
  it('who we are, what may be read, and what is there', async () => {
    const { of, exitCode } = await diagnose(`app: shop
images: { web: {} }
services: { web: {} }
environments: { production: { cluster: main } }
`);
    expect(of('aws.identity')).toMatchObject({
      state: 'ok',
      says: expect.stringContaining('account 123456789012'),
    });
    for (const service of ['ecs', 'elasticloadbalancing', 'logs', 'cloudwatch', 'secretsmanager', 'ssm']) {
      expect(of(`aws.permissions.${service}`)).toMatchObject({
        state: 'ok',
        says: expect.stringMatching(/^allowed: /),
      });
    }
    // The registry behind this ECR is not there; what needs none is answered all the same.
    expect(of('aws.permissions.ecr')).toMatchObject({
      state: 'broken',
      says: 'no answer to GetDownloadUrlForLayer',
    });
    expect(of('aws.changes')).toMatchObject({
      state: 'not-asked',
      says: expect.stringContaining('cannot be tried without doing it: ecs:UpdateService'),
    });
    expect(of('configuration.production.services')).toMatchObject({ state: 'ok', says: 'cluster main: web' });
    expect(of('configuration.production.repositories')).toMatchObject({ state: 'ok', says: 'shop/web' });
    expect(of('configuration.production.breaker')).toMatchObject({
      state: 'warning',
      fix: "aws ecs update-service --cluster main --service web --deployment-configuration 'deploymentCircuitBreaker={enable=true,rollback=true}'",
    });
    // Nobody listens where Temporal should.
    expect(of('temporal.server')).toMatchObject({ state: 'broken' });
    expect(of('temporal.namespace')).toMatchObject({ state: 'not-asked' });
    expect(exitCode).toBe(1);
  }, 30_000);

  it('what is missing, each with the command that makes it', async () => {
    const { of } = await diagnose(`app: shop
images: { web: {}, api: {} }
services: { web: {}, api: {} }
environments:
  production: { cluster: main }
  staging: { cluster: mian, services: [web] }
  elsewhere: { cluster: theirs, services: [web], deployQueue: other }
`);
    expect(of('configuration.production.services')).toMatchObject({
      state: 'broken',
      says: 'cluster main has no service api',
      fix: expect.stringContaining('aws ecs create-service --cluster main --service-name api'),
    });
    expect(of('configuration.production.repositories')).toMatchObject({
      state: 'broken',
      fix: 'aws ecr create-repository --repository-name shop/api',
    });
    expect(of('configuration.staging.services')).toMatchObject({
      state: 'broken',
      says: 'there is no cluster mian in eu-central-1',
    });
    // Another account's, it may be.
    expect(of('configuration.elsewhere.services')).toMatchObject({ state: 'warning' });
  }, 30_000);
});

describe('slipway.yaml', () => {
  it.each([
    ['wrong', 'app: 1\n', /slipway\.yaml:1 app: expected a name/, /docs\/configuration\.md/],
    ['no YAML', 'app: [', /is not valid YAML/, /correct it/],
  ])(
    '%s',
    async (_case, text, says, fix) => {
      await writeFile(join(folder, 'slipway.yaml'), text);
      const { exitCode, stdout } = await runCli(['doctor', 'client', '--json'], folder);
      const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
      const found = findings.find(({ id }) => id === 'configuration.file');
      expect(found).toMatchObject({
        state: 'broken',
        says: expect.stringMatching(says),
        fix: expect.stringMatching(fix),
      });
      expect(exitCode).toBe(1);
    },
    30_000,
  );
});

describe('what people read', () => {
  const findings: readonly Finding[] = [
    { id: 'machine.node', what: 'Node', state: 'ok', says: 'v22', fix: undefined },
    { id: 'machine.remote', what: 'git remote', state: 'warning', says: 'x\u001b[2J\ny', fix: 'git push' },
    { id: 'temporal.server', what: 'server', state: 'broken', says: 'down', fix: 'slipway local up' },
    { id: 'aws.changes', what: 'changes', state: 'not-asked', says: 'no', fix: undefined },
  ];

  it('has a word beside each glyph, the fix below, and no escape codes of others', () => {
    expect(renderDoctor('all', findings, { color: false, width: 100 })).toMatchSnapshot();
  });

  it('ends with what it comes to', () => {
    const last = (list: readonly Finding[]): string | undefined =>
      renderDoctor('client', list, { color: false, width: 100 }).split('\n').at(-1);
    expect(last(findings.slice(0, 1))).toBe('✓ all that a client needs is here');
    expect(last(findings.slice(0, 2))).toBe('✓ all that a client needs is here, 1 warning');
    expect(last(findings)).toBe('✗ 1 thing that a client needs is missing or broken, 1 warning');
  });
});
