/**
 * Lets a release change things only while it has the turn of its environment: the turn is looked at directly before
 * each call that changes something. A release that was thought to be gone, and wakes up, is stopped here. AWS knows no
 * condition that would go with the call, so that a window of one call remains.
 */
import type { TurnToken } from '../release/environment/state.ts';
import type { DeployPorts } from './deploy-ports.ts';

export const whileHeld = (ports: DeployPorts, turn: TurnToken): DeployPorts => {
  const look = (): Promise<void> => ports.turns.check(turn);
  return {
    ...ports,
    ecs: before(look, ports.ecs, ['updateService', 'registerTaskDefinition']),
    revisions: before(look, ports.revisions, ['deregisterTaskDefinition']),
    registry: before(look, ports.registry, ['moveLatest', 'moveTag']),
    // Ending what was started is nobody else's business.
    oneOffTasks: before(look, ports.oneOffTasks, ['start']),
  };
};

/** The same object, but some of its methods only come after the look. */
const before = <Port extends object>(
  look: () => Promise<void>,
  port: Port,
  methods: readonly (keyof Port)[],
): Port =>
  new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (!methods.some((method) => method === name)) return value.bind(target) as unknown;
      return async (...input: readonly unknown[]) => {
        await look();
        return value.apply(target, input) as unknown;
      };
    },
  });
