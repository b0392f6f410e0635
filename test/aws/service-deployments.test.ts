import { describe, expect, it } from '@jest/globals';
import { findServiceDeployment } from '../../src/aws/service-deployments.ts';
import { refusal, stubEcs } from './stub.ts';

const PLACE = 'arn:aws:ecs:eu-west-1:123456789012';
const revision = (id: string): string => `${PLACE}:service-revision/shop/api/${id}`;
const run = (id: string): string => `${PLACE}:service-deployment/shop/api/${id}`;
const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const CREATED_MS = NOW_MS - 60_000;
const OURS = { deploymentId: 'ecs-svc/42', taskDefinition: 'api:8', createdAtMs: CREATED_MS };

/** [id, revision, seconds after ours was made, task definition of the revision] */
type Row = readonly [id: string, revision: string, afterS: number, taskDefinition?: string];

const find = async (rows: readonly Row[], identity = OURS) => {
  const { client, sent } = stubEcs({
    ListServiceDeployments: () => ({
      serviceDeployments: rows.map(([id, target, afterS]) => ({
        serviceDeploymentArn: run(id),
        targetServiceRevisionArn: revision(target),
        createdAt: CREATED_MS / 1_000 + afterS,
      })),
    }),
    DescribeServiceRevisions: ({ serviceRevisionArns }: { serviceRevisionArns: string[] }) => ({
      serviceRevisions: rows
        .filter(([, target]) => serviceRevisionArns.includes(revision(target)))
        .map(([, target, , taskDefinition]) => ({ serviceRevisionArn: revision(target), taskDefinition })),
    }),
    DescribeServiceDeployments: ({ serviceDeploymentArns }: { serviceDeploymentArns: string[] }) => ({
      serviceDeployments: serviceDeploymentArns.map((serviceDeploymentArn) => ({
        serviceDeploymentArn,
        status: 'SUCCESSFUL',
      })),
    }),
  });
  const found = await findServiceDeployment(client, 'shop', 'api', identity, NOW_MS);
  return { arn: found?.arn ?? null, operations: sent.map(({ operation }) => operation), sent };
};

describe("ECS's own account of a deployment", () => {
  it('is the one whose revision has the number of the deployment', async () => {
    const { arn, sent } = await find([
      ['newer', '43', 10],
      ['ours', '42', 0],
    ]);
    expect(arn).toBe(run('ours'));
    expect(sent).toEqual([
      {
        operation: 'ListServiceDeployments',
        body: {
          cluster: 'shop',
          service: 'api',
          createdAt: { after: (CREATED_MS - 300_000) / 1_000 },
          maxResults: 100,
        },
      },
      { operation: 'DescribeServiceDeployments', body: { serviceDeploymentArns: [run('ours')] } },
    ]);
  });

  it.each<[string, readonly Row[], string | null]>([
    [
      'of our task definition, made at the same time',
      [
        ['theirs', '7', 0, 'api:9'],
        ['ours', '8', 1, 'api:8'],
      ],
      'ours',
    ],
    [
      'nearest in time, where our task definition was deployed twice',
      [
        ['again', '8', 20, 'api:8'],
        ['ours', '7', 1, 'api:8'],
      ],
      'ours',
    ],
    ['not of another time, be it of our task definition', [['old', '7', -90, 'api:8']], null],
    ['not of another task definition', [['theirs', '7', 0, 'api:9']], null],
    ['none, where there is none', [], null],
  ])('else, as nobody promises that number, the one %s', async (_which, rows, id) => {
    expect((await find(rows)).arn).toBe(id === null ? null : run(id));
  });

  it('is not asked for where the deployment is older than what ECS keeps', async () => {
    const { arn, operations } = await find([], { ...OURS, createdAtMs: NOW_MS - 81 * 86_400_000 });
    expect(arn).toBeNull();
    expect(operations).toEqual([]);
  });
});

describe('where the account cannot be had', () => {
  const failing = (error: Error) => {
    const { client } = stubEcs({
      ListServiceDeployments: () => {
        throw error;
      },
    });
    return findServiceDeployment(client, 'shop', 'api', OURS, NOW_MS);
  };

  it.each<[string, Error]>([
    ['the role is older than the API', refusal('AccessDeniedException')],
    ['the service has another controller', refusal('UnsupportedFeatureException')],
    ['the endpoint does not know the operation', refusal('UnknownOperationException')],
    ['what resembles ECS has not implemented it', refusal('InternalFailure', 'NotImplemented', 501)],
  ])('the release goes on without it: %s', async (_why, error) => {
    expect(await failing(error)).toBeNull();
  });

  it('for a moment only, it is asked for again', async () => {
    await expect(failing(refusal('ThrottlingException'))).rejects.toMatchObject({ type: 'Transient' });
    await expect(failing(refusal('ServerException', 'sorry', 500))).rejects.toMatchObject({
      type: 'Transient',
    });
  });
});
