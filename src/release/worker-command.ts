/** The command that starts a worker of a task queue. */
import { engineQueue, TASK_QUEUE } from './names.ts';
import { shellWord } from './shell-word.ts';

const BUILD = 'slipway-build-';
const DEPLOY = `${TASK_QUEUE.deploy}-`;
const ENGINE = engineQueue('');

/** Undefined: of that queue it is not known, as it is that of another Slipway. */
export const workerCommand = (queue: string): string | undefined => {
  switch (queue) {
    case TASK_QUEUE.control:
    case TASK_QUEUE.telling:
    case TASK_QUEUE.proposals:
      return 'slipway worker control';
    case TASK_QUEUE.checks:
      return 'slipway worker checks';
    case TASK_QUEUE.deploy:
      return 'slipway worker deploy';
  }
  if (queue.startsWith(BUILD))
    return `slipway worker build --architecture ${shellWord(queue.slice(BUILD.length))}`;
  if (queue.startsWith(DEPLOY))
    return `slipway worker deploy --queue ${shellWord(queue.slice(DEPLOY.length))}`;
  return queue.startsWith(ENGINE) ? 'slipway worker build, beside that Docker engine' : undefined;
};
