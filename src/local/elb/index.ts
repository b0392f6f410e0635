// The local load balancer: ELBv2's API, listeners that really listen, health checks that really check.
import * as schemas from '@aws-sdk/client-elastic-load-balancing-v2';
import { openStateFile } from '../state-file.ts';
import type { QueryService } from '../wire/operations.ts';
import { createAliasProxy } from './alias-proxy.ts';
import { attributeOperations } from './attribute-operations.ts';
import { listenerOperations } from './listener-operations.ts';
import { createListeners } from './listeners.ts';
import { loadBalancerOperations } from './load-balancer-operations.ts';
import { quotaOperations } from './quota-operations.ts';
import { ruleOperations } from './rule-operations.ts';
import type { ServiceConnect } from './service-connect.ts';
import type { ElbParts } from './service-parts.ts';
import { emptyElbState, parseElbState } from './state.ts';
import { tagOperations } from './tag-operations.ts';
import { targetGroupOperations } from './target-group-operations.ts';
import { poolSettings } from './target-group-settings.ts';
import { loadBalancersOf } from './target-group-use.ts';
import type { TargetGroups } from './target-groups.ts';
import { apiTarget, targetOperations } from './target-operations.ts';
import { createTargetPools } from './target-pools.ts';

export interface ElbOptions {
  readonly stateFile: string;
  readonly log: (line: string) => void;
  /** How often a new target is checked until its first success. Default 300 ms; at ELB it is the interval. */
  readonly newTargetCheckMs?: number;
  /** Between two tries to open a listener whose port another program has at start. Default 2 s. */
  readonly listenerRetryMs?: number;
}

export interface Elb {
  readonly service: QueryService;
  readonly targetGroups: TargetGroups;
  readonly serviceConnect: ServiceConnect;
  /** Opens the listeners that the state names. One whose port another program has opens when it is free again. */
  start(): Promise<void>;
  /** Requests under way may end, for a few seconds. */
  close(): Promise<void>;
}

/** Target groups exist as soon as this resolves, so that ECS can register tasks before the ports are open. */
export async function createElb(options: ElbOptions): Promise<Elb> {
  const file = await openStateFile(options.stateFile, { initial: emptyElbState, parse: parseElbState });
  const pools = createTargetPools(options.newTargetCheckMs);
  const listeners = createListeners(pools, file.state, {
    log: options.log,
    retryMs: options.listenerRetryMs ?? 2000,
  });
  const aliases = createAliasProxy(pools, options.log);
  for (const group of Object.values(file.state.targetGroups)) {
    pools.add(group.arn, () => poolSettings(file.state, file.state.targetGroups[group.arn] ?? group));
    for (const { host, port } of group.targets) pools.register(group.arn, apiTarget(host, port));
  }
  const parts: ElbParts = { file, pools, listeners };
  return {
    service: {
      name: 'elasticloadbalancing',
      protocol: 'query',
      version: '2015-12-01',
      xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
      schemas,
      caughtUp: () => file.caughtUp(),
      operations: {
        ...loadBalancerOperations(parts),
        ...targetGroupOperations(parts),
        ...listenerOperations(parts),
        ...ruleOperations(parts),
        ...attributeOperations(parts),
        ...quotaOperations(),
        ...targetOperations(parts),
        ...tagOperations(parts),
      },
    },
    targetGroups: {
      ...pools,
      isUsed: (arn) => loadBalancersOf(file.state, arn).length > 0,
    },
    serviceConnect: aliases,
    async start() {
      for (const listener of Object.values(file.state.listeners)) {
        await listeners.openWhenFree(listener);
      }
    },
    async close() {
      await Promise.all([listeners.closeAll(), aliases.close()]);
      pools.close();
    },
  };
}
