// The conditions of a rule: what a request must be like. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { invalid } from './service-parts.ts';
import { type ConditionRecord, conditionFields } from './state.ts';

/** ELB's quota of a rule. */
const mostValues = 5;

/** Throws AwsError `ValidationError`. */
export function readConditions(conditions: readonly sdk.RuleCondition[] | undefined): ConditionRecord[] {
  if (conditions === undefined || conditions.length === 0)
    throw invalid('A rule must have at least one condition');
  const records = conditions.map(readCondition);
  const values = records.reduce((sum, each) => sum + (each.pairs ?? each.values).length, 0);
  if (values > mostValues) throw invalid(`A rule can only have '${mostValues}' condition values`);
  return records;
}

function readCondition(condition: sdk.RuleCondition): ConditionRecord {
  const field = conditionFields.find((each) => each === condition.Field);
  if (field === undefined)
    throw invalid(`Condition field '${condition.Field}' must be one of '[${conditionFields.join(', ')}]'`);
  const regular = [
    condition.RegexValues,
    condition.PathPatternConfig?.RegexValues,
    condition.HostHeaderConfig?.RegexValues,
    condition.HttpHeaderConfig?.RegexValues,
  ];
  if (regular.some((values) => values !== undefined && values.length > 0)) {
    throw invalid(
      "Slipway's local load balancer matches by wildcards, not by regular expressions (RegexValues)",
    );
  }
  const record = withValues(field, condition);
  if ((record.pairs ?? record.values).length === 0) throw invalid('A condition value must be specified');
  for (const value of record.values) checkValue(field, value);
  return record;
}

function withValues(field: ConditionRecord['field'], condition: sdk.RuleCondition): ConditionRecord {
  const plain = [...(condition.Values ?? [])];
  switch (field) {
    case 'path-pattern':
      return { field, values: [...(condition.PathPatternConfig?.Values ?? plain)] };
    case 'host-header':
      return { field, values: [...(condition.HostHeaderConfig?.Values ?? plain)] };
    case 'http-request-method':
      return { field, values: [...(condition.HttpRequestMethodConfig?.Values ?? plain)] };
    case 'source-ip':
      return { field, values: [...(condition.SourceIpConfig?.Values ?? plain)] };
    case 'http-header': {
      const header = condition.HttpHeaderConfig?.HttpHeaderName;
      if (!header) throw invalid("A condition on 'http-header' needs an HttpHeaderName");
      return { field, header, values: [...(condition.HttpHeaderConfig?.Values ?? [])] };
    }
    case 'query-string': {
      const pairs = (condition.QueryStringConfig?.Values ?? []).map(({ Key, Value = '' }) => ({
        ...(Key !== undefined && { key: Key }),
        value: Value,
      }));
      return { field, values: [], pairs };
    }
  }
}

function checkValue(field: ConditionRecord['field'], value: string): void {
  if (value.length > 128) throw invalid(`Condition value '${value}' is longer than 128 characters`);
  if (field !== 'source-ip') return;
  const [address = '', bits = ''] = value.split('/');
  const most = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) {
    throw invalid(`The source-ip '${value}' must be in CIDR format`);
  }
}

export function describeCondition({ field, values, header, pairs }: ConditionRecord): sdk.RuleCondition {
  switch (field) {
    case 'path-pattern':
      return { Field: field, Values: values, PathPatternConfig: { Values: values } };
    case 'host-header':
      return { Field: field, Values: values, HostHeaderConfig: { Values: values } };
    case 'http-request-method':
      return { Field: field, HttpRequestMethodConfig: { Values: values } };
    case 'source-ip':
      return { Field: field, SourceIpConfig: { Values: values } };
    case 'http-header':
      return { Field: field, HttpHeaderConfig: { HttpHeaderName: header, Values: values } };
    case 'query-string':
      return {
        Field: field,
        QueryStringConfig: {
          Values: (pairs ?? []).map(({ key, value }) => ({
            ...(key !== undefined && { Key: key }),
            Value: value,
          })),
        },
      };
  }
}

type Asked = Pick<IncomingMessage, 'url' | 'method' | 'headers' | 'socket'>;

/** Paths are compared as they are written; host, header values and query without regard to case. */
export function holds({ field, values, header = '', pairs = [] }: ConditionRecord, request: Asked): boolean {
  const [path = '', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
  switch (field) {
    case 'path-pattern':
      return values.some((pattern) => matches(pattern, path, ''));
    case 'host-header':
      return values.some((pattern) => matches(pattern, hostOf(request), 'i'));
    case 'http-request-method':
      return values.includes(request.method ?? '');
    case 'http-header': {
      const sent = [request.headers[header.toLowerCase()] ?? []].flat();
      return sent.some((value) => values.some((pattern) => matches(pattern, value, 'i')));
    }
    case 'query-string': {
      const sent = [...new URLSearchParams(query)];
      return pairs.some(({ key, value }) =>
        sent.some(
          ([name, content]) => (key === undefined || matches(key, name, 'i')) && matches(value, content, 'i'),
        ),
      );
    }
    case 'source-ip':
      return values.some((range) => isWithin(range, request.socket.remoteAddress ?? ''));
  }
}

/** Of the Host header, without the port. */
export function hostOf({ headers }: Pick<Asked, 'headers'>): string {
  return (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** `*` stands for any number of characters, `?` for one. */
function matches(pattern: string, text: string, flags: '' | 'i'): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, `s${flags}`).test(text);
}

function isWithin(range: string, remoteAddress: string): boolean {
  const [network = '', bits = ''] = range.split('/');
  const address = remoteAddress.replace(/^::ffff:/, '');
  if (isIP(network) !== isIP(address)) return false;
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}
