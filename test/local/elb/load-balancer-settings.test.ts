// What Terraform and people change on a load balancer: it is kept, and shown from then on.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createElb, type Elb } from '../../../src/local/elb/index.ts';
import { startWire } from '../wire/start-wire.ts';

let folder: string;
let elb: Elb;
let client: sdk.ElasticLoadBalancingV2Client;
let LoadBalancerArn: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-elb-'));
  elb = await createElb({ stateFile: join(folder, 'elb.json'), log: (line) => console.error(line) });
  client = new sdk.ElasticLoadBalancingV2Client((await startWire([elb.service])).client);
  const { LoadBalancers } = await client.send(
    new sdk.CreateLoadBalancerCommand({ Name: 'main', Subnets: ['subnet-a'], SecurityGroups: ['sg-1'] }),
  );
  LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
});
afterEach(async () => {
  await elb.close();
  await rm(folder, { recursive: true, force: true });
});

async function shown(): Promise<sdk.LoadBalancer | undefined> {
  return (await client.send(new sdk.DescribeLoadBalancersCommand({}))).LoadBalancers?.[0];
}

it('SetSubnets takes subnets or mappings of them', async () => {
  const set = await client.send(
    new sdk.SetSubnetsCommand({ LoadBalancerArn, Subnets: ['subnet-b', 'subnet-c'] }),
  );
  expect(set.AvailabilityZones?.map(({ SubnetId }) => SubnetId)).toEqual(['subnet-b', 'subnet-c']);
  await client.send(
    new sdk.SetSubnetsCommand({ LoadBalancerArn, SubnetMappings: [{ SubnetId: 'subnet-d' }] }),
  );
  expect((await shown())?.AvailabilityZones?.map(({ SubnetId }) => SubnetId)).toEqual(['subnet-d']);
  await expect(client.send(new sdk.SetSubnetsCommand({ LoadBalancerArn }))).rejects.toThrow(/subnet/);
});

it('SetSecurityGroups and SetIpAddressType replace what was', async () => {
  await client.send(new sdk.SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: ['sg-2', 'sg-3'] }));
  await client.send(new sdk.SetIpAddressTypeCommand({ LoadBalancerArn, IpAddressType: 'dualstack' }));
  expect(await shown()).toMatchObject({ SecurityGroups: ['sg-2', 'sg-3'], IpAddressType: 'dualstack' });
});

it('DescribeCapacityReservation says that nothing is reserved', async () => {
  const answer = await client.send(new sdk.DescribeCapacityReservationCommand({ LoadBalancerArn }));
  expect(answer.MinimumLoadBalancerCapacity).toBeUndefined();
});

it('a load balancer that is not there is LoadBalancerNotFound', async () => {
  const missing = { LoadBalancerArn: `${LoadBalancerArn}0` };
  for (const command of [
    new sdk.DescribeCapacityReservationCommand(missing),
    new sdk.SetIpAddressTypeCommand({ ...missing, IpAddressType: 'ipv4' }),
  ]) {
    await expect(client.send(command as sdk.SetIpAddressTypeCommand)).rejects.toThrow(
      sdk.LoadBalancerNotFoundException,
    );
  }
});
