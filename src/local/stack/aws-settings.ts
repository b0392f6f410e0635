/**
 * The settings file of the local AWS (docs/local-aws.md, "Settings"): how fast its clocks run, whether it
 * throttles, which machines it has, where its secrets are. YAML as text → settings, or every problem at once.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { count, duration, httpUrl } from '../../config/fields.ts';
import { lineAt } from '../../config/locate.ts';
import { problemsFrom } from '../../config/problems.ts';
import { ConfigurationError } from '../../errors.ts';
import { localInstances } from '../ecs/placement/container-instances.ts';
import { ecsRateLimits } from '../ecs/throttle.ts';
import { ecsTiming, localTiming, type Timing } from '../ecs/timing.ts';
import type { AwsEndpointOptions } from '../endpoint.ts';

type WithoutMs<Key> = Key extends `${infer Name}Ms` ? Name : never;
/** Each clock of the local ECS, and the load balancer's first checks, without the suffix: `healthyGrace`. */
type ClockName = WithoutMs<keyof Timing> | 'newTargetCheck';

const clockNames = [
  ...Object.keys(localTiming).map((key) => key.replace(/Ms$/, '')),
  'newTargetCheck',
] as ClockName[];

const instanceGroup = z.strictObject({
  architecture: z.enum(['amd64', 'arm64']),
  /** CPU units, 1024 to a core. */
  cpu: count(1024 * 1024).optional(),
  /** MiB. */
  memory: count(64 * 1024 * 1024).optional(),
  count: count(100).default(1),
});

const paces: Readonly<Record<'local' | 'aws', Timing>> = { local: localTiming, aws: ecsTiming };

const schema = z
  .strictObject({
    pace: z.enum(['local', 'aws']).default('local'),
    durations: z
      .strictObject(
        Object.fromEntries(clockNames.map((name) => [name, duration(0).optional()])) as Record<
          ClockName,
          z.ZodOptional<ReturnType<typeof duration>>
        >,
      )
      .default({}),
    rateLimits: z.enum(['none', 'ecs']).default('none'),
    containerInstances: z.array(instanceGroup).max(50).optional(),
    secretsFile: z.string().min(1).optional(),
    /** Account → address of the instance that stands for it. */
    otherAccounts: z
      .record(z.string().regex(/^\d{12}$/, { error: 'expected an account of twelve digits' }), httpUrl)
      .optional(),
  })
  .superRefine(({ pace, durations }, context) => {
    const ofPace = paces[pace];
    const baseMs = durations.restartBase ?? ofPace.restartBaseMs;
    const maximumMs = durations.restartMaximum ?? ofPace.restartMaximumMs;
    if (baseMs <= maximumMs) return;
    const [given, message] =
      durations.restartBase === undefined
        ? ['restartMaximum', `expected at least restartBase (${baseMs} ms)`]
        : ['restartBase', `expected at most restartMaximum (${maximumMs} ms)`];
    context.addIssue({ code: 'custom', path: ['durations', given], message });
  });

/** Written out as JSON it is a valid settings file again: that is how an instance keeps it. */
export type AwsSettings = z.output<typeof schema>;

export const defaultAwsSettings: AwsSettings = schema.parse({});

/**
 * `file` is for messages, and the folder that `secretsFile` is relative to.
 * @throws ConfigurationError, one line per problem: `aws.yaml:3 durations.healthyGrace: expected …, got …`
 */
export function parseAwsSettings(text: string, file: string): AwsSettings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (problems: readonly string[]): ConfigurationError =>
    new ConfigurationError(problems.join('\n'), {
      advice: 'docs/local-aws.md, "Settings", lists every key.',
    });
  if (document.errors.length > 0) {
    throw fail(
      document.errors.map(
        ({ pos, message }) =>
          `${file}:${lines.linePos(pos[0]).line} is not valid YAML: ${message.split('\n')[0]}`,
      ),
    );
  }
  // An empty file means: all defaults.
  const root: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const parsed = schema.safeParse(root);
  if (!parsed.success) {
    throw fail(
      problemsFrom(parsed.error.issues, root, schema).map(
        ({ path, message }) =>
          `${file}:${lineAt(document, lines, path)}${path.length === 0 ? '' : ` ${path.join('.')}`}: ${message}`,
      ),
    );
  }
  const { secretsFile } = parsed.data;
  return {
    ...parsed.data,
    ...(secretsFile !== undefined && { secretsFile: resolve(dirname(file), secretsFile) }),
  };
}

/** Undefined where there is no such file. @throws ConfigurationError */
export async function readAwsSettings(file: string): Promise<AwsSettings | undefined> {
  const text = await readIfThere(file);
  return text === undefined ? undefined : parseAwsSettings(text, file);
}

/**
 * Those that an instance keeps; the defaults where it keeps none.
 * @throws ConfigurationError, also for an empty file: `up` writes none
 */
export async function readKeptSettings(file: string): Promise<AwsSettings> {
  const text = await readIfThere(file);
  if (text === undefined) return defaultAwsSettings;
  if (text.trim() !== '') return parseAwsSettings(text, file);
  throw new ConfigurationError(`${file} is empty, and \`slipway local up\` has not written it so`, {
    advice:
      'Run it with --aws-settings <file> to give settings anew, or with --no-aws-settings for the defaults.',
  });
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigurationError(`${file} cannot be read (${(error as Error).message})`, { cause: error });
  }
}

type SetOptions = Pick<
  AwsEndpointOptions,
  'timing' | 'newTargetCheckMs' | 'rateLimits' | 'containerInstances' | 'secretsFile' | 'otherAccounts'
>;

/** What the settings mean to `startAwsEndpoint`. */
export function endpointOptions(settings: AwsSettings): SetOptions {
  const { newTargetCheck, ...clocks } = settings.durations;
  const single = Object.entries(clocks).flatMap(([name, ms]) =>
    ms === undefined ? [] : [[`${name}Ms`, ms]],
  );
  const newTargetCheckMs = newTargetCheck ?? (settings.pace === 'aws' ? atTheInterval : undefined);
  return {
    timing: { ...paces[settings.pace], ...Object.fromEntries(single) },
    ...(newTargetCheckMs !== undefined && { newTargetCheckMs }),
    ...(settings.rateLimits === 'ecs' && { rateLimits: ecsRateLimits }),
    ...(settings.containerInstances && { containerInstances: instancesOf(settings.containerInstances) }),
    ...(settings.secretsFile !== undefined && { secretsFile: settings.secretsFile }),
    ...(settings.otherAccounts && { otherAccounts: settings.otherAccounts }),
  };
}

/** ELB's longest interval: the shorter of the two counts. */
const atTheInterval = 300_000;

function instancesOf(groups: NonNullable<AwsSettings['containerInstances']>) {
  const [machine] = localInstances();
  return groups.flatMap(({ architecture, cpu, memory, count: number }) =>
    Array.from({ length: number }, () => ({
      cpuArchitecture: architecture === 'arm64' ? ('ARM64' as const) : ('X86_64' as const),
      cpu: cpu ?? machine?.cpu ?? 1024,
      memoryMiB: memory ?? machine?.memoryMiB ?? 1024,
    })),
  );
}
