/**
 * What a cloud holds, counted in its state files, to tell the user before and after a reset. It never fails: a
 * file that cannot be read is a reason to reset.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder } from './instance.ts';

export interface Content {
  /** In the singular: `load balancer`. */
  readonly what: string;
  readonly count: number;
}

const kinds = [
  { file: 'ecs.json', member: 'clusters', what: 'cluster' },
  { file: 'ecs.json', member: 'services', what: 'service' },
  { file: 'ecs.json', member: 'taskDefinitions', what: 'task definition' },
  { file: 'elb.json', member: 'loadBalancers', what: 'load balancer' },
  { file: 'elb.json', member: 'targetGroups', what: 'target group' },
  { file: 'ecr.json', member: 'repositories', what: 'repository' },
  { file: 'cloudwatch.json', member: 'alarms', what: 'alarm' },
] as const;

/** Only what there is at least one of. */
export async function cloudContents(folder: string): Promise<Content[]> {
  const { awsData } = inFolder(folder);
  const counts = await Promise.all(
    kinds.map(async ({ file, member, what }) => ({
      what,
      count: await countIn(join(awsData, file), member),
    })),
  );
  const logGroups = await readdir(join(awsData, 'logs')).catch(() => []);
  return [...counts, { what: 'log group', count: logGroups.length }].filter(({ count }) => count > 0);
}

async function countIn(path: string, member: string): Promise<number> {
  try {
    const { state } = JSON.parse(await readFile(path, 'utf8')) as { state: Record<string, object> };
    // What was deleted can be described a while longer, as INACTIVE.
    return Object.values(state[member] ?? {}).filter(
      (each: { status?: unknown } | null) => each?.status !== 'INACTIVE',
    ).length;
  } catch {
    return 0;
  }
}
