// From a request on a listener to what is done with it: the first rule whose conditions all hold, else the default.
import type { IncomingMessage } from 'node:http';
import { holds, hostOf } from './conditions.ts';
import type { Answer } from './proxy-server.ts';
import type { ActionRecord, ElbState, ListenerRecord, RuleRecord } from './state.ts';

export interface Chosen {
  /** Of the rule, or of the listener for its default action. */
  readonly arn: string;
  readonly action: ActionRecord;
}

export function chooseAction(state: ElbState, listener: ListenerRecord, request: IncomingMessage): Chosen {
  const rule = rulesOf(state, listener.arn).find(({ conditions }) =>
    conditions.every((condition) => holds(condition, request)),
  );
  return rule ?? listener;
}

/** In the order in which they are asked. */
export function rulesOf(state: ElbState, listenerArn: string): RuleRecord[] {
  return Object.values(state.rules)
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort((a, b) => a.priority - b.priority);
}

export function answerOf(
  action: Exclude<ActionRecord, { type: 'forward' }>,
  request: IncomingMessage,
  listenerPort: number,
): Answer {
  switch (action.type) {
    case 'fixed-response':
      return {
        status: Number(action.statusCode),
        headers: action.contentType === undefined ? {} : { 'content-type': action.contentType },
        body: action.messageBody ?? '',
      };
    case 'redirect':
      return {
        status: action.statusCode === 'HTTP_301' ? 301 : 302,
        headers: { location: locationOf(action, request, listenerPort) },
        body: '',
      };
  }
}

function locationOf(
  to: Extract<ActionRecord, { type: 'redirect' }>,
  request: IncomingMessage,
  listenerPort: number,
): string {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
  const asked: Readonly<Record<string, string>> = {
    protocol: 'http',
    host: hostOf(request),
    // The listener's own, whatever the client's URL said.
    port: String(listenerPort),
    path: path.replace(/^\//, ''),
    query,
  };
  const fill = (template: string): string =>
    template.replace(/#\{(\w+)\}/g, (whole, name: string) => asked[name] ?? whole);
  const search = fill(to.query);
  const address = `${fill(to.protocol).toLowerCase()}://${fill(to.host)}:${fill(to.port)}${fill(to.path)}`;
  return search === '' ? address : `${address}?${search}`;
}
