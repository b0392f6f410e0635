/**
 * What one local instance is and which processes it has started, in one file of its folder.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { openStateFile, type StateFile } from '../state-file.ts';

const processRecord = z.object({
  name: z.string(),
  pid: z.number().int(),
  /** See process-identity.ts. */
  identity: z.string(),
  logFile: z.string(),
  /** What it said when it was ready; absent while it starts. */
  ready: z.string().optional(),
});

const ports = z.object({
  temporal: z.number(),
  temporalUi: z.number(),
  aws: z.number(),
  registry: z.number(),
});

const instance = z.object({
  /** Value of the label `slipway.local.instance` of every container and network. */
  id: z.string(),
  accountId: z.string(),
  region: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  ports: ports.optional(),
  processes: z.array(processRecord),
  /** Names of those that shall run, whether or not they do. */
  parts: z.array(z.string()).optional(),
  /** A reset has begun and not ended: what is left of the cloud's state is worth nothing. */
  resetting: z.boolean().optional(),
});

export type ProcessRecord = z.infer<typeof processRecord>;
export type Ports = z.infer<typeof ports>;
export type Instance = z.infer<typeof instance>;

/** Everything `up` puts into the folder; `down --wipe` removes these and nothing else. */
export const inFolder = (folder: string) => ({
  gitIgnore: join(folder, '.gitignore'),
  instanceFile: join(folder, 'instance.json'),
  lockFile: join(folder, 'lock'),
  temporalDatabase: join(folder, 'temporal.db'),
  registryConfig: join(folder, 'registry.yml'),
  registryData: join(folder, 'registry'),
  awsData: join(folder, 'aws'),
  awsSettings: join(folder, 'aws-settings.json'),
  store: join(folder, 'store'),
  workerData: join(folder, 'workers'),
  logs: join(folder, 'logs'),
});

export const logFileOf = (folder: string, process: string): string =>
  join(inFolder(folder).logs, `${process}.log`);

const DEFAULT_ACCOUNT = '123456789012';

/** Ports stay as they were once chosen: the names of images hold the one of the registry. */
export async function openInstance(
  folder: string,
  region: string,
  accountId = DEFAULT_ACCOUNT,
): Promise<StateFile<Instance>> {
  return openStateFile<Instance>(inFolder(folder).instanceFile, {
    initial: () => ({
      id: `slipway-${randomBytes(4).toString('hex')}`,
      accountId,
      region,
      accessKeyId: `AKIALOCAL${randomBytes(6).toString('hex').toUpperCase().slice(0, 11)}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
      processes: [],
    }),
    parse: (json) => instance.parse(json),
  });
}
