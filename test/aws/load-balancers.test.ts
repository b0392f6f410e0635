import { describe, expect, it } from '@jest/globals';
import { createLoadBalancers } from '../../src/aws/load-balancers.ts';
import { stubLoadBalancing } from './stub.ts';

const member = (inside: string): string => `<member>${inside}</member>`;
const group = (loadBalancers: string): string =>
  `<TargetGroups>${member(`<TargetGroupArn>tg</TargetGroupArn><LoadBalancerArns>${loadBalancers}</LoadBalancerArns>`)}</TargetGroups>`;
const forward = (arn: string): string => `<Type>forward</Type><TargetGroupArn>${arn}</TargetGroupArn>`;
const weighted = (arn: string): string =>
  `<Type>forward</Type><ForwardConfig><TargetGroups>${member('<TargetGroupArn>blue</TargetGroupArn>')}${member(`<TargetGroupArn>${arn}</TargetGroupArn>`)}</TargetGroups></ForwardConfig>`;
const listener = (port: number, protocol: string, action: string): string =>
  member(
    `<Port>${port}</Port><Protocol>${protocol}</Protocol><DefaultActions>${member(action)}</DefaultActions>`,
  );

const ask = (listeners: string, loadBalancers = member('lb')) => {
  const { client, sent } = stubLoadBalancing({
    DescribeTargetGroups: group(loadBalancers),
    DescribeLoadBalancers: `<LoadBalancers>${member('<DNSName>lb.test</DNSName>')}</LoadBalancers>`,
    DescribeListeners: `<Listeners>${listeners}</Listeners>`,
  });
  return { sent, url: createLoadBalancers(client).baseUrl('tg') };
};

describe('baseUrl', () => {
  it.each<[string, string, string | null]>([
    ['HTTP', listener(8080, 'HTTP', forward('tg')), 'http://lb.test:8080'],
    ['HTTPS', listener(443, 'HTTPS', forward('tg')), 'https://lb.test:443'],
    ['a network load balancer', listener(80, 'TCP', forward('tg')), 'http://lb.test:80'],
    ['a network load balancer that ends TLS', listener(443, 'TLS', forward('tg')), 'https://lb.test:443'],
    ['weighted target groups', listener(80, 'HTTP', weighted('tg')), 'http://lb.test:80'],
    [
      'a redirect beside it',
      listener(80, 'HTTP', '<Type>redirect</Type>') + listener(443, 'HTTPS', forward('tg')),
      'https://lb.test:443',
    ],
    [
      'another service beside it',
      listener(80, 'HTTP', forward('other')) + listener(81, 'HTTP', forward('tg')),
      'http://lb.test:81',
    ],
    ['only other services', listener(80, 'HTTP', forward('other')), null],
    ['no listener', '', null],
  ])('of %s', async (_what, listeners, url) => {
    expect(await ask(listeners).url).toBe(url);
  });

  it('is null for a target group that no load balancer uses, without asking on', async () => {
    const { sent, url } = ask('', '');
    expect(await url).toBeNull();
    expect(sent).toEqual([{ operation: 'DescribeTargetGroups', body: { 'TargetGroupArns.member.1': 'tg' } }]);
  });

  it('asks for exactly what it needs', async () => {
    const { sent, url } = ask(listener(80, 'HTTP', forward('tg')));
    await url;
    expect(sent).toEqual([
      { operation: 'DescribeTargetGroups', body: { 'TargetGroupArns.member.1': 'tg' } },
      { operation: 'DescribeLoadBalancers', body: { 'LoadBalancerArns.member.1': 'lb' } },
      { operation: 'DescribeListeners', body: { LoadBalancerArn: 'lb' } },
    ]);
  });
});

describe('the health of targets', () => {
  it('is told with its reason, as the load balancer sees it', async () => {
    const { client, sent } = stubLoadBalancing({
      DescribeTargetHealth: `<TargetHealthDescriptions>${member(
        '<Target><Id>10.0.0.7</Id><Port>8080</Port></Target><TargetHealth><State>unhealthy</State><Reason>Target.ResponseCodeMismatch</Reason><Description>Health checks failed with these codes: [500]</Description></TargetHealth>',
      )}${member('<Target><Id>i-0123</Id><Port>32768</Port></Target><TargetHealth><State>healthy</State></TargetHealth>')}${member('')}</TargetHealthDescriptions>`,
    });
    expect(await createLoadBalancers(client).targetHealth('tg')).toEqual([
      {
        id: '10.0.0.7',
        port: 8080,
        state: 'unhealthy',
        reason: 'Target.ResponseCodeMismatch',
        description: 'Health checks failed with these codes: [500]',
      },
      { id: 'i-0123', port: 32_768, state: 'healthy', reason: null, description: null },
      { id: '', port: 0, state: 'unknown', reason: null, description: null },
    ]);
    expect(sent).toEqual([{ operation: 'DescribeTargetHealth', body: { TargetGroupArn: 'tg' } }]);
  });
});
