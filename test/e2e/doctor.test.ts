/**
 * The built program against addresses that are dead, that hang, and that say no: `slipway doctor` and `slipway init` end in
 * time, say what is wrong, and leave no secret behind. No engine is needed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { freePorts } from '../../src/local/stack/ports.ts';
import { ensureBuilt, TOP } from './built-cli.ts';

const SECRET = 'hunter2-very-secret';
const CONFIGURATION = `app: shop
images: { web: {} }
services: { web: {} }
environments: { production: { cluster: main } }
`;

let folder: string;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
  await writeFile(join(folder, 'slipway.yaml'), CONFIGURATION);
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const listen = async (server: Server): Promise<string> => {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Takes every connection, and never says a word. */
const hanging = () => listen(createTcpServer());

/** An AWS that knows nobody: refuses whatever `allows` does not. */
const denying = (answers: Readonly<Record<string, string>> = {}, refusal = 'AccessDenied') =>
  listen(
    createServer((request, response) => {
      void read(request).then((body) => {
        const target = String(request.headers['x-amz-target'] ?? /Action=(\w+)/.exec(body)?.[1] ?? '');
        const answer = answers[target];
        const isJson = request.headers['x-amz-target'] !== undefined;
        response.writeHead(answer === undefined ? 403 : 200, {
          'content-type': isJson ? 'application/x-amz-json-1.1' : 'text/xml',
        });
        response.end(answer ?? (isJson ? jsonRefusal(`${refusal}Exception`) : xmlRefusal(refusal)));
      });
    }),
  );

const jsonRefusal = (type: string): string =>
  JSON.stringify({ __type: type, message: 'you may not\u001b[2J' });
const xmlRefusal = (code: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>you may not</Message></Error><RequestId>x</RequestId></ErrorResponse>`;

const read = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
};

interface Addresses {
  readonly temporal: string;
  readonly aws: string;
}

const run = async (
  args: readonly string[],
  { temporal, aws }: Addresses,
  more: Readonly<Record<string, string>> = {},
) => {
  const startedAtMs = Date.now();
  const { exitCode, stdout, stderr } = await execa(process.execPath, [join(TOP, 'bin/slipway.js'), ...args], {
    cwd: folder,
    extendEnv: false,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      TEMPORAL_ADDRESS: temporal,
      AWS_ENDPOINT_URL: `http://${aws}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_SESSION_TOKEN: SECRET,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...more,
    },
    reject: false,
    stdin: 'ignore',
  });
  expect(stdout + stderr).not.toContain(SECRET);
  expect(stdout + stderr).not.toContain('\u001b');
  return { exitCode, stdout, stderr, tookMs: Date.now() - startedAtMs };
};

const findingsOf = (stdout: string): ReadonlyMap<string, Finding> =>
  new Map(
    (JSON.parse(stdout) as { findings: readonly Finding[] }).findings.map((finding) => [finding.id, finding]),
  );

const plain = (text: string): string =>
  text.replaceAll(/127\.0\.0\.1:\d+/g, '<address>').replaceAll(/v\d+\.\d+\.\d+/g, '<version>');

describe('slipway doctor', () => {
  it('on dead ports says what to start, with exit code 1', async () => {
    const [temporal = 0, aws = 0] = await freePorts(2);
    const ended = await run(['doctor', 'deploy'], {
      temporal: `127.0.0.1:${temporal}`,
      aws: `127.0.0.1:${aws}`,
    });
    expect({ exitCode: ended.exitCode, stdout: plain(ended.stdout), stderr: ended.stderr }).toMatchSnapshot();
    expect(ended.exitCode).toBe(1);
  }, 60_000);

  it('on ports that hang ends within its bound, and tells what was fine', async () => {
    const ended = await run(['doctor', 'deploy', '--json'], {
      temporal: await hanging(),
      aws: await hanging(),
    });
    expect(ended.exitCode).toBe(1);
    // Ten seconds for the checks, the rest for a machine that has other things to do.
    expect(ended.tookMs).toBeLessThan(20_000);
    const found = findingsOf(ended.stdout);
    expect(found.get('machine.node')).toMatchObject({ state: 'ok' });
    expect(found.get('temporal.server')).toMatchObject({
      state: 'broken',
      fix: expect.stringContaining('TEMPORAL_ADDRESS'),
    });
    expect(found.get('aws.identity')).toMatchObject({ state: 'broken' });
    expect(found.get('aws.permissions.ecs')).toMatchObject({
      state: 'broken',
      says: expect.stringContaining('no answer'),
    });
    expect(found.get('aws.changes')).toMatchObject({ state: 'not-asked' });
  }, 60_000);

  it('one that hangs does not block the others', async () => {
    const ended = await run(['doctor', 'deploy', '--json'], {
      temporal: await hanging(),
      aws: await denying(),
    });
    const found = findingsOf(ended.stdout);
    expect(found.get('aws.identity')).toMatchObject({ state: 'broken', says: 'AccessDenied: you may not' });
    expect(found.get('aws.permissions.ecs')).toMatchObject({
      state: 'broken',
      says: expect.stringMatching(/^denied: DescribeServices, .*; denied, and optional: ListServices/),
    });
    // Only for something special: a release works without it.
    expect(found.get('aws.permissions.cloudwatch')).toMatchObject({ state: 'warning' });
    expect(found.get('configuration.production.services')).toMatchObject({
      state: 'not-asked',
      says: 'ecs:DescribeServices is denied',
    });
  }, 60_000);

  it('names the user who has to be allowed, and what IAM’s simulation says of changes', async () => {
    const simulated = (decision: string): string =>
      `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>ecs:UpdateService</EvalActionName><EvalDecision>${decision}</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`;
    const identity =
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn><Account>123456789012</Account><UserId>x</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>';
    const [temporal = 0] = await freePorts(1);
    for (const [decision, state] of [
      ['explicitDeny', 'broken'],
      ['allowed', 'ok'],
    ] as const) {
      const aws = await denying({
        GetCallerIdentity: identity,
        SimulatePrincipalPolicy: simulated(decision),
      });
      const found = findingsOf(
        (await run(['doctor', 'deploy', '--json'], { temporal: `127.0.0.1:${temporal}`, aws })).stdout,
      );
      expect(found.get('aws.identity')).toMatchObject({
        state: 'ok',
        says: 'account 123456789012, arn:aws:iam::123456789012:user/ada, in eu-central-1',
      });
      expect(found.get('aws.permissions.ecr')?.fix).toMatch(
        /^aws iam put-user-policy --user-name ada --policy-name slipway-ecr /,
      );
      expect(found.get('aws.changes')).toMatchObject({
        state,
        says: expect.stringContaining('ecs:UpdateService'),
      });
    }
  }, 90_000);

  it('for a client asks nothing of AWS or Docker', async () => {
    const [temporal = 0, aws = 0] = await freePorts(2);
    const ended = await run(['doctor', 'client', '--json'], {
      temporal: `127.0.0.1:${temporal}`,
      aws: `127.0.0.1:${aws}`,
    });
    const groups = new Set([...findingsOf(ended.stdout).keys()].map((id) => id.split('.', 1)[0]));
    expect(groups).toEqual(new Set(['machine', 'temporal', 'configuration']));
    expect(ended.stdout).not.toContain('machine.docker');
  }, 60_000);
});

describe('slipway init', () => {
  it('with an AWS that hangs works from the Dockerfile alone, in time', async () => {
    const ended = await run(['init', '--stdout'], { temporal: '127.0.0.1:1', aws: await hanging() });
    expect(ended).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('– AWS was not asked: ') });
    expect(ended.tookMs).toBeLessThan(25_000);
  }, 60_000);

  it('leaves what is there alone', async () => {
    const ended = await run(['init'], { temporal: '127.0.0.1:1', aws: '127.0.0.1:1' });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr.replaceAll(folder, '<folder>')).toMatchSnapshot();
    expect(await readFile(join(folder, 'slipway.yaml'), 'utf8')).toBe(CONFIGURATION);
  });
});

describe('mistakes', () => {
  it.each([
    [['deploi']],
    [['local', 'upp']],
    [['deploy', '--shaa', 'x']],
    [['deploy', 'prodution']],
    [['doctor', 'laptop']],
    [['init', '--image', 'x']],
    [['completion', 'tcsh']],
  ])('slipway %j', async (args) => {
    const ended = await run(args, { temporal: '127.0.0.1:1', aws: '127.0.0.1:1' });
    expect({
      ...ended,
      tookMs: undefined,
      stderr: ended.stderr.replaceAll(folder, '<folder>'),
    }).toMatchSnapshot();
    expect(ended.exitCode).toBe(2);
  });
});
