import { describe, expect, it } from '@jest/globals';
import { findLastCompleted } from '../../src/aws/last-completed.ts';
import { refusal, stubEcs } from './stub.ts';

interface Page {
  readonly serviceDeployments: readonly object[];
  readonly nextToken?: string;
}

const run = (revision: string, createdAt: number) => ({ targetServiceRevisionArn: revision, createdAt });

const find = async (pages: readonly Page[]) => {
  let page = 0;
  const { client, sent } = stubEcs({
    ListServiceDeployments: () => pages[page++],
    DescribeServiceRevisions: ({ serviceRevisionArns }: { serviceRevisionArns: string[] }) => ({
      serviceRevisions: serviceRevisionArns
        .filter((arn) => arn !== 'gone')
        .map((serviceRevisionArn) => ({
          serviceRevisionArn,
          taskDefinition: `td of ${serviceRevisionArn}`,
          containerImages: [{ containerName: 'app', imageDigest: 'sha256:a' }, { containerName: 'proxy' }],
        })),
    }),
  });
  return { found: await findLastCompleted(client, 'shop', 'api'), sent };
};

describe("what completed last in a service, by ECS's history", () => {
  it('is the newest of all pages, with its digests', async () => {
    const { found, sent } = await find([
      { serviceDeployments: [run('a', 1)], nextToken: 'more' },
      { serviceDeployments: [run('b', 2), run('c', 3)] },
    ]);
    const digests = new Map([['app', 'sha256:a']]);
    expect(found).toEqual({ kind: 'completed', taskDefinition: 'td of c', digests });
    const asked = { cluster: 'shop', service: 'api', status: ['SUCCESSFUL'], maxResults: 100 };
    expect(sent).toEqual([
      { operation: 'ListServiceDeployments', body: asked },
      { operation: 'ListServiceDeployments', body: { ...asked, nextToken: 'more' } },
      { operation: 'DescribeServiceRevisions', body: { serviceRevisionArns: ['c'] } },
    ]);
  });

  it('is nothing where nothing has, and takes no second call', async () => {
    const { found, sent } = await find([{ serviceDeployments: [] }]);
    expect(found).toEqual({ kind: 'none' });
    expect(sent).toHaveLength(1);
  });

  it('is not known where its revision is gone', async () => {
    const { found } = await find([{ serviceDeployments: [run('gone', 1)] }]);
    expect(found).toEqual({ kind: 'unknown' });
  });

  it('is not known where this worker may not read it', async () => {
    const { client } = stubEcs({
      ListServiceDeployments: () => {
        throw refusal('AccessDeniedException');
      },
    });
    expect(await findLastCompleted(client, 'shop', 'api')).toEqual({ kind: 'unknown' });
  });
});
