// Tags of all that has an ARN.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, refusal, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

describe('tags', () => {
  it.each([
    ['SERVICE', ['from']],
    ['TASK_DEFINITION', ['from']],
    ['NONE', []],
  ] as const)('of a service’s tasks come from %s', async (propagateTags, keys) => {
    const tags = (value: string) => ({ tags: [{ key: 'from', value }] });
    await ecs.register(tags('TASK_DEFINITION'));
    await ecs.createService({ ...tags('SERVICE'), propagateTags });
    const [task] = (await ecs.stable()) && (await ecs.tasks());
    expect(task?.tags).toEqual(keys.map((key) => ({ key, value: propagateTags })));
  });

  it('of ECS’s own are set when asked for', async () => {
    await ecs.register();
    await ecs.createService({ enableECSManagedTags: true });
    await ecs.stable();
    expect((await ecs.tasks())[0]?.tags).toEqual([
      { key: 'aws:ecs:clusterName', value: 'default' },
      { key: 'aws:ecs:serviceName', value: 'web' },
    ]);
  });

  it('are set, replaced and removed', async () => {
    const arn = await ecs.register({ tags: [{ key: 'a', value: '1' }] });
    await ecs.call('TagResource', {
      resourceArn: arn,
      tags: [
        { key: 'a', value: '2' },
        { key: 'b', value: '3' },
      ],
    });
    await ecs.call('UntagResource', { resourceArn: arn, tagKeys: ['b'] });
    expect(await ecs.call('ListTagsForResource', { resourceArn: arn })).toEqual({
      tags: [{ key: 'a', value: '2' }],
    });
    expect(await refusal(ecs, 'ListTagsForResource', { resourceArn: `${arn}9` })).toMatch(
      /^ResourceNotFoundException/,
    );
  });
});
