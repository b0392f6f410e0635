import { describe, expect, it } from '@jest/globals';
import type { StoppedTask } from '../../../src/release/judging/observation.ts';
import {
  isDraining,
  type Proof,
  readStoppedTask,
  type TaskFailureKind,
} from '../../../src/release/judging/task-failure.ts';
import { container, crashed, draining, notStarted, stopped } from '../views.ts';

const PULL = 'CannotPullContainerError: ';
const RUNC =
  'CannotStartContainerError: Error response from daemon: failed to create task for container: OCI runtime create failed: ';

describe('readStoppedTask', () => {
  it.each<[TaskFailureKind, Proof, StoppedTask]>([
    [
      'image-unavailable',
      'once',
      notStarted(`${PULL}failed to resolve ref registry/api@sha256:12: not found`),
    ],
    ['image-unavailable', 'once', notStarted(`${PULL}pull access denied for api, repository does not exist`)],
    ['image-unavailable', 'once', notStarted('CannotPullECRContainerError: AccessDeniedException')],
    [
      'image-unavailable',
      'once',
      notStarted(`${PULL}reference to registry/api/orders@sha256:429429 not found`),
    ],
    ['image-unavailable', 'once', notStarted(`${PULL}registry/timeouts:429 not found`)],
    ['image-unavailable', 'once', stopped({ containers: [container(null, `${PULL}not found`)] })],
    [
      'image-unavailable',
      'again-later',
      notStarted(`${PULL}toomanyrequests: You have reached your pull rate limit`),
    ],
    ['image-unavailable', 'again-later', notStarted(`${PULL}dial tcp 10.0.0.1:443: i/o timeout`)],
    ['image-unavailable', 'again-later', notStarted(`${PULL}net/http: TLS handshake timeout`)],
    [
      'image-unavailable',
      'again-later',
      notStarted(`${PULL}received unexpected HTTP status: 503 Service Unavailable`),
    ],
    ['image-unavailable', 'again-later', notStarted(`${PULL}write /var/lib/x: no space left on device`)],
    [
      'wrong-architecture',
      'once',
      notStarted(`${PULL}image Manifest does not contain descriptor matching platform 'linux/arm64'`),
    ],
    [
      'wrong-architecture',
      'once',
      notStarted(`${PULL}no matching manifest for linux/arm64/v8 in the manifest list entries`),
    ],
    [
      'wrong-architecture',
      'once',
      stopped({ containers: [container(255, 'exec /bin/api: exec format error')] }),
    ],
    [
      'missing-resource',
      'once',
      notStarted('ResourceInitializationError: unable to pull secrets: AccessDeniedException'),
    ],
    [
      'missing-resource',
      'once',
      notStarted('TaskFailedToStart: ResourceInitializationError: log group does not exist'),
    ],
    [
      'missing-resource',
      'again-later',
      notStarted('ResourceInitializationError: unable to retrieve secret: context deadline exceeded'),
    ],
    [
      'bad-command',
      'once',
      stopped({
        containers: [container(127, `${RUNC}exec: "nope": executable file not found in $PATH: unknown`)],
      }),
    ],
    [
      'bad-command',
      'once',
      stopped({ containers: [container(126, `${RUNC}exec: "/run.sh": permission denied`)] }),
    ],
    ['bad-command', 'once', crashed(126)],
    ['bad-command', 'once', crashed(127)],
    [
      'cannot-start',
      'twice',
      stopped({ containers: [container(null, `${RUNC}open /run/containerd/x: no such file or directory`)] }),
    ],
    ['cannot-start', 'twice', notStarted('CannotCreateContainerError: volume is in use')],
    [
      'out-of-memory',
      'twice',
      stopped({ containers: [container(137, 'OutOfMemoryError: Container killed due to memory usage')] }),
    ],
    [
      'unhealthy',
      'twice',
      stopped({
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Task failed ELB health checks in (target-group x)',
      }),
    ],
    [
      'unhealthy',
      'twice',
      stopped({
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Task failed container health checks',
      }),
    ],
    ['infrastructure', 'never', notStarted('Host EC2 (instance i-1) terminated.')],
    ['infrastructure', 'never', notStarted('Capacity is unavailable at this time. Please try again later')],
    ['infrastructure', 'never', notStarted('TaskFailedToStart: RESOURCE:MEMORY')],
    [
      'infrastructure',
      'never',
      notStarted('Timeout waiting for network interface provisioning to complete.'),
    ],
    [
      'infrastructure',
      'never',
      stopped({
        stopCode: 'SpotInterruption',
        stoppedReason: 'Your Spot Task was interrupted.',
        containers: [container(143)],
      }),
    ],
    [
      'infrastructure',
      'never',
      stopped({ stopCode: 'InfrastructureHealth', stoppedReason: null, containers: [container(1)] }),
    ],
    ['crashed', 'twice', crashed(1)],
    ['crashed', 'twice', crashed(0)],
    ['crashed', 'twice', crashed(137)],
    ['crashed', 'twice', crashed(139)],
    [
      'crashed',
      'twice',
      stopped({ stopCode: 'SomethingNew', stoppedReason: 'a text that AWS invents tomorrow' }),
    ],
    ['crashed', 'twice', stopped({ stopCode: null, stoppedReason: null })],
  ])('%s (proof: %s)', (kind, proof, task) => {
    expect(readStoppedTask(task)).toMatchObject({ kind, proof });
  });

  it.each<[string, StoppedTask]>([
    ['a drain', draining({ lastStatus: 'STOPPED', containers: [container(143)] })],
    ['a drain whose code is not given', draining({ stopCode: null })],
    [
      'scale-in in words that we do not know',
      draining({ stoppedReason: 'AZ rebalancing', containers: [container(137)] }),
    ],
    [
      'a person',
      stopped({ stopCode: 'UserInitiated', stoppedReason: 'kill it', containers: [container(137)] }),
    ],
    [
      'a task that is still stopping, its exit code not known',
      stopped({ lastStatus: 'STOPPING', containers: [container(null)] }),
    ],
  ])('is silent about %s', (_what, task) => {
    expect(readStoppedTask(task)).toBeNull();
  });

  it('reads failed health checks while the task still drains', () => {
    expect(
      readStoppedTask(draining({ stoppedReason: 'Task failed ELB health checks in (x)' })),
    ).toMatchObject({ kind: 'unhealthy' });
  });

  it.each<[string, StoppedTask, string]>([
    [
      'the app before a sidecar that was ended',
      stopped({ containers: [container(143, null, 'proxy'), container(3)] }),
      'container api exited with code 3',
    ],
    [
      'a killed container before one that ended well',
      stopped({ containers: [container(0, null, 'proxy'), container(137)] }),
      'container api exited with code 137 (killed, out of memory perhaps)',
    ],
    [
      'exit code 0 as what it is',
      crashed(0),
      "container api exited with code 0 (a service's container has to keep running)",
    ],
    ['the reason, where there is no exit code', stopped({ stoppedReason: 'odd\n  thing' }), 'odd thing'],
    ['that there is no reason', stopped({ stoppedReason: null }), 'the task stopped without a reason'],
  ])('names %s', (_what, task, summary) => {
    expect(readStoppedTask(task)).toMatchObject({ summary });
  });

  it('knows the same failure again, whatever ids it names', () => {
    const signature = (reason: string): string | undefined => readStoppedTask(notStarted(reason))?.signature;
    const first = signature('CannotStartContainerError: container 3f2b9c0d1e4a5b6c: mount 17 failed');
    expect(signature('CannotStartContainerError: container 9a8b7c6d5e4f3a2b: mount 4 failed')).toBe(first);
    expect(signature('CannotStartContainerError: container 9a8b7c6d5e4f3a2b: network failed')).not.toBe(
      first,
    );
  });

  it('keeps what it says to one line of bounded length', () => {
    const summary = readStoppedTask(notStarted(`CannotPull ${'x'.repeat(5_000)}`))?.summary ?? '';
    expect(summary).toHaveLength(300);
  });
});

describe('isDraining', () => {
  it.each<[boolean, string, StoppedTask]>([
    [true, 'an old task that finishes its connections', draining()],
    [false, 'one that has ended', draining({ lastStatus: 'STOPPED' })],
    [
      false,
      'one that failed its health checks',
      draining({ stoppedReason: 'Task failed container health checks' }),
    ],
    [false, 'one that crashed and is being cleared away', crashed(1, { lastStatus: 'DEPROVISIONING' })],
  ])('%s: %s', (answer, _what, task) => {
    expect(isDraining(task)).toBe(answer);
  });
});
