// The words that the matrix's tables are written in: bad images, settings of the breaker, and short forms of answers.
import type { RegisterTaskDefinitionCommandInput, Service, Task } from '@aws-sdk/client-ecs';
import type { Behaviour } from '../fake-runtime.ts';
import { image } from '../harness.ts';

export const breakers = {
  off: { enable: false, rollback: false },
  fail: { enable: true, rollback: false },
  rollback: { enable: true, rollback: true },
};

interface BadImage {
  readonly behaviour: Behaviour;
  /** stopCode and stoppedReason of its tasks, and the exit code where there is one. */
  readonly ends: string;
  /** What its tasks leave in the events. */
  readonly events: readonly string[];
}

/** By name; `unhealthy` has a container health check. */
export const badImages: Readonly<Record<string, BadImage>> = {
  'crashes-at-start': {
    behaviour: { exitsWith: 1 },
    ends: 'EssentialContainerExited: Essential container in task exited (1)',
    events: ['started'],
  },
  'cannot-be-pulled': {
    behaviour: { pullError: 'localhost:5000/bad: not found' },
    ends: 'TaskFailedToStart: CannotPullContainerError: localhost:5000/bad: not found',
    events: ['started'],
  },
  'fails-its-health-check': {
    behaviour: { health: 'unhealthy' },
    ends: 'ServiceSchedulerInitiated: Task failed container health checks (143)',
    events: ['started', 'unhealthy'],
  },
  'is-of-the-wrong-architecture': {
    behaviour: { pullError: "image Manifest does not contain descriptor matching platform 'linux/amd64'" },
    ends: "TaskFailedToStart: CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
    events: ['started'],
  },
  'cannot-be-started': {
    behaviour: { startError: 'Error response from daemon: no such file' },
    ends: 'TaskFailedToStart: CannotStartContainerError: Error response from daemon: no such file',
    events: ['started'],
  },
};

export function definition(name: string): Partial<RegisterTaskDefinitionCommandInput> {
  const { containerDefinitions: [container] = [] } = image(name);
  const healthCheck = { command: ['CMD-SHELL', 'exit 0'] };
  const checked = name.startsWith('fails-its-health-check');
  return { containerDefinitions: [{ ...container, ...(checked && { healthCheck }) }] };
}

/** `PRIMARY new COMPLETED 1/1`: running of desired; `new` is the newest task definition. */
export function deploymentsOf(service: Service, newest: string): string[] {
  return (service.deployments ?? []).map(
    ({ status, taskDefinition, rolloutState, runningCount, desiredCount }) =>
      `${status} ${taskDefinition === newest ? 'new' : 'old'} ${rolloutState} ${runningCount}/${desiredCount}`,
  );
}

const words: readonly (readonly [RegExp, string])[] = [
  [
    /^\(service web\) has started \d tasks: (\(task [0-9a-f]{32}\) ?)+\.( Amazon ECS replaced \d tasks .*)?$/,
    'started',
  ],
  [/^\(service web\) has stopped \d running tasks: (\(task [0-9a-f]{32}\) ?)+\.$/, 'stopped'],
  [/^\(service web\) stopped \d pending tasks\.$/, 'stopped'],
  [/^\(service web\) \(task [0-9a-f]{32}\) failed container health checks\.$/, 'unhealthy'],
  [/^\(service web\) \(deployment ecs-svc\/\d{19}\) deployment failed: tasks failed to start\.$/, 'failed'],
  [/^\(service web\) rolling back to deployment ecs-svc\/\d{19}\.$/, 'rolling back'],
  [/^\(service web\) \(deployment ecs-svc\/\d{19}\) deployment completed\.$/, 'completed'],
  [/^\(service web\) has reached a steady state\.$/, 'steady'],
  [/because of the service deployment configuration/, 'stuck'],
];

/**
 * Events since then, oldest first, each word once where it first comes. With `failing`, tasks that the scheduler stops
 * on the way are left out: how many of a bad image are still there then is chance. An unknown event stays as it is.
 */
export function newEvents(service: Service, before: Service | undefined, failing = false): string[] {
  const known = new Set((before?.events ?? []).map(({ id }) => id));
  const said = (service.events ?? [])
    .filter(({ id }) => !known.has(id))
    .reverse()
    .map(({ message = '' }) => words.find(([text]) => text.test(message))?.[1] ?? message)
    .filter((word) => !(failing && word === 'stopped'));
  return [...new Set(said)];
}

/** Of tasks that ended by themselves or by their checks. */
export function taskEnds(tasks: readonly Task[], taskDefinitionArn: string): string[] {
  return tasks
    .filter((task) => task.taskDefinitionArn === taskDefinitionArn)
    .filter((task) => !task.stoppedReason?.startsWith('Scaling activity'))
    .map(({ stopCode, stoppedReason, containers }) => {
      const exitCode = containers?.[0]?.exitCode;
      return `${stopCode}: ${stoppedReason}${exitCode === undefined ? '' : ` (${exitCode})`}`;
    });
}
