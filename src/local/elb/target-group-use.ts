// Who uses a target group: the listeners and rules that forward to it. Without any, its targets are `unused`.
import type { ActionRecord, ElbState } from './state.ts';

export function targetGroupsOf(action: ActionRecord): string[] {
  return action.type === 'forward' ? action.targetGroups.map(({ arn }) => arn) : [];
}

/** ARNs of the load balancers whose listeners or rules forward to the group. */
export function loadBalancersOf(state: ElbState, targetGroupArn: string): string[] {
  const found = new Set<string>();
  for (const { action, loadBalancerArn } of Object.values(state.listeners)) {
    if (targetGroupsOf(action).includes(targetGroupArn)) found.add(loadBalancerArn);
  }
  for (const { action, listenerArn } of Object.values(state.rules)) {
    const listener = state.listeners[listenerArn];
    if (listener && targetGroupsOf(action).includes(targetGroupArn)) found.add(listener.loadBalancerArn);
  }
  return [...found];
}
