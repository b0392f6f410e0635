import { expect, it } from '@jest/globals';
import type Docker from 'dockerode';
import { removeInstance, removeTaskThings } from '../../../src/local/docker/remove.ts';

/** An engine that answers each removal with the next of these; 200 removes, and each container goes by itself after 409. */
function engine(containers: readonly number[], network: readonly number[]) {
  const left = { containers: [...containers], network: [...network] };
  const asked: string[] = [];
  const answer = async (what: string, statuses: number[]): Promise<void> => {
    const status = statuses.shift() ?? 200;
    asked.push(`${what} ${status}`);
    if (status !== 200) throw Object.assign(new Error(what), { statusCode: status });
  };
  const docker = {
    listContainers: async () => (left.containers.length > 0 ? [{ Id: 'one' }] : []),
    listVolumes: async () => ({ Volumes: [] }),
    listNetworks: async () => [{ Id: 'net' }],
    getContainer: () => ({ remove: () => answer('container', left.containers) }),
    getNetwork: () => ({ remove: () => answer('network', left.network) }),
  };
  return { docker: docker as unknown as Docker, asked };
}

it.each([
  ['what is there', [200], [], ['container 200', 'network 200'], 1],
  ['nothing', [], [], ['network 200'], 0],
  [
    'a container that the engine is removing already: it is waited for',
    [409, 409, 404],
    [],
    ['container 409', 'container 409', 'container 404', 'network 200'],
    1,
  ],
  [
    'a network with an endpoint that is just going: it is tried again',
    [],
    [403, 403, 200],
    ['network 403', 'network 403', 'network 200'],
    0,
  ],
])('removes %s', async (_what, containers, network, wanted, count) => {
  const { docker, asked } = engine(containers, network);
  expect(await removeInstance(docker, 'x')).toBe(count);
  expect(asked).toEqual(wanted);
});

it.each([
  ['what it will never do', [400]],
  ['what it cannot do now', Array.from({ length: 20 }, () => 500)],
])('says %s, and what to do', async (_what, network) => {
  const { docker } = engine([], network);
  const removal = removeInstance(docker, 'x', 250);
  await expect(removal).rejects.toMatchObject({
    type: 'CannotRemove',
    advice: expect.stringContaining('Restart the engine'),
  });
});

it.each([
  ['has ended', 'dead', 'container'],
  ['may still run', 'running', undefined],
])('a task whose container cannot be removed and %s', async (_what, State, why) => {
  const { docker } = engine([500], []);
  Object.assign(docker, { listContainers: async () => [{ Id: 'one', State }] });
  const removal = removeTaskThings(docker, 'x', 'task');
  if (why === undefined) await expect(removal).rejects.toMatchObject({ statusCode: 500 });
  else expect(await removal).toBe(why);
});
