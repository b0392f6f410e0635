import { expect, it } from '@jest/globals';
import { buildQueue, deployQueue, engineQueue, TASK_QUEUE } from '../../src/release/names.ts';
import { workerCommand } from '../../src/release/worker-command.ts';

it.each([
  ...[TASK_QUEUE.control, TASK_QUEUE.telling, TASK_QUEUE.proposals].map((queue) => [
    queue,
    'slipway worker control',
  ]),
  [TASK_QUEUE.checks, 'slipway worker checks'],
  [deployQueue(undefined), 'slipway worker deploy'],
  [deployQueue('eu-1'), 'slipway worker deploy --queue eu-1'],
  [buildQueue('arm64'), 'slipway worker build --architecture arm64'],
  [deployQueue('x; reboot'), "slipway worker deploy --queue 'x; reboot'"],
  ['slipway-build-$(reboot)', "slipway worker build --architecture '$(reboot)'"],
  [engineQueue('A:B'), 'slipway worker build, beside that Docker engine'],
  ['somebody-elses', undefined],
])('%s is served by `%s`', (queue = '', command) => {
  expect(workerCommand(queue)).toBe(command);
});
