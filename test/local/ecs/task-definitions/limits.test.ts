// Limits of a task definition that are not about a single member.
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness } from '../harness.ts';

let ecs: Harness;
afterEach(() => ecs.close());

const containers = (count: number, more: object = {}): object[] =>
  Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image: 'web:1', memory: 64, ...more }));

describe('a task definition', () => {
  it('holds ten containers', async () => {
    ecs = await startHarness();
    await ecs.call('RegisterTaskDefinition', { family: 'ten', containerDefinitions: containers(10) });
    const eleven = ecs.call('RegisterTaskDefinition', {
      family: 'eleven',
      containerDefinitions: containers(11),
    });
    await expect(eleven).rejects.toMatchObject({ code: 'ClientException', message: 'Too many containers.' });
  });

  it('is at most 64 KB long', async () => {
    ecs = await startHarness();
    const sized = (bytes: number): object => ({
      family: 'large',
      containerDefinitions: containers(1, { environment: [{ name: 'A', value: 'x'.repeat(bytes) }] }),
    });
    await ecs.call('RegisterTaskDefinition', sized(65_000));
    await expect(ecs.call('RegisterTaskDefinition', sized(66_000))).rejects.toMatchObject({
      code: 'ClientException',
      message: expect.stringMatching(/^Actual length: '66\d\d\d'\. Max allowed length is '65536' bytes\.$/),
    });
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('may be called %s', async (family) => {
    ecs = await startHarness();
    const { taskDefinition } = await ecs.call<{ taskDefinition: { revision: number } }>(
      'RegisterTaskDefinition',
      { family, containerDefinitions: containers(1) },
    );
    expect(taskDefinition.revision).toBe(1);
    await ecs.restart();
    const call = ecs.call<{ taskDefinition: object }>('DescribeTaskDefinition', { taskDefinition: family });
    expect((await call).taskDefinition).toMatchObject({ family, revision: 1 });
  });
});
