// One bridge network per instance: its containers reach each other and the host, and no other stack's.
import type Docker from 'dockerode';
import { type Engine, messageOf, statusOf } from './engine.ts';
import { labels, networkName } from './labels.ts';

export interface Network {
  readonly name: string;
  /** For ExtraHosts: the gateway, or `host-gateway` where the engine runs in a virtual machine. */
  readonly aliasAddress: string;
  /** Where a listener on the host hears the containers. */
  readonly hostAddress: string;
}

export async function ensureNetwork(engine: Engine, instance: string): Promise<Network> {
  const name = networkName(instance);
  const info = (await find(engine.docker, name, instance)) ?? (await create(engine.docker, name, instance));
  if (engine.inVirtualMachine) return { name, aliasAddress: 'host-gateway', hostAddress: '127.0.0.1' };
  const gateway = info.IPAM?.Config?.[0]?.Gateway;
  if (!gateway) throw new Error(`Docker network ${name} has no gateway`);
  return { name, aliasAddress: gateway, hostAddress: gateway };
}

async function find(
  docker: Docker,
  name: string,
  instance: string,
): Promise<Docker.NetworkInspectInfo | undefined> {
  try {
    const info: Docker.NetworkInspectInfo = await docker.getNetwork(name).inspect();
    if (info.Labels?.[labels.instance] === instance) return info;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
  throw new Error(`Docker has a network ${name} that is not ours. Remove it, or use another instance name.`);
}

async function create(docker: Docker, name: string, instance: string): Promise<Docker.NetworkInspectInfo> {
  try {
    const network = await docker.createNetwork({
      Name: name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: { [labels.instance]: instance },
    });
    return await network.inspect();
  } catch (error) {
    // Two tasks that start at once may both find none.
    const made = statusOf(error) === 409 ? await find(docker, name, instance) : undefined;
    if (made) return made;
    if (statusOf(error) === undefined) throw error;
    throw new Error(`Docker cannot make the network ${name}: ${messageOf(error)}`, { cause: error });
  }
}
