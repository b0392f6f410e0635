/** The registry of a simulated cloud: which digests there are, what `latest` points at, what an image is like. */
import { createHash } from 'node:crypto';
import { callAws } from '../../../src/aws/errors.ts';
import type { ImageRegistry } from '../../../src/aws/image-registry.ts';
import type { Scenario } from '../scenario.ts';
import type { CallGate } from './call-gate.ts';
import type { ImageBehaviour } from './container-world.ts';

export type Version = 'old' | 'new' | 'foreign' | 'broken';

const VERSIONS: readonly Version[] = ['old', 'new', 'foreign', 'broken'];

export const digestOf = (service: string, version: Version): string =>
  `sha256:${createHash('sha256').update(`${service} ${version}`).digest('hex')}`;

const HOST = 'registry.test';
export const uriOf = (service: string): string => `${HOST}/shop/${service}`;

export class Images {
  readonly behaviours = new Map<string, ImageBehaviour>();
  /** Service → digest. */
  readonly latest = new Map<string, string>();

  constructor(scenario: Scenario, lastWords: readonly string[]) {
    const commandExitsWith = scenario.migration?.exitCode ?? 0;
    for (const { name, quality, firstEver } of scenario.services) {
      for (const version of VERSIONS) {
        this.behaviours.set(digestOf(name, version), {
          quality: version === 'new' ? quality : version === 'broken' ? 'unpullable' : 'good',
          lastWords: version === 'new' ? lastWords : [],
          commandExitsWith,
        });
      }
      this.latest.set(name, digestOf(name, firstEver ? 'broken' : 'old'));
    }
  }

  /** What an image's name stands for now. */
  resolve(image: string): string {
    const digest = image.split('@')[1];
    if (digest !== undefined) return digest;
    const service = image.slice(image.lastIndexOf('/') + 1).split(':')[0] ?? '';
    return this.latest.get(service) ?? '';
  }

  behaviourOf(digest: string): ImageBehaviour {
    return this.behaviours.get(digest) ?? { quality: 'unpullable', lastWords: [], commandExitsWith: 1 };
  }
}

const serviceIn = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1);

export const createSimulatedRegistry = (images: Images, gate: CallGate): ImageRegistry => {
  const call = <T>(operation: string, uri: string, input: object, effect: () => T): Promise<T> =>
    callAws(`ecr:${operation}`, () =>
      gate.pass({ operation, service: serviceIn(uri), input }, async () => effect()),
    );
  return {
    findRepository: (name) =>
      call('findRepository', name, {}, () => ({
        uri: `${HOST}/${name}`,
        movesLatest: true,
        movesKeepTags: true,
      })),
    architecturesOf: (uri, reference) =>
      call('architecturesOf', uri, { reference }, () =>
        images.behaviours.has(reference) ? ['arm64'] : null,
      ),
    has: (uri, reference) => call('has', uri, { reference }, () => images.behaviours.has(reference)),
    latestOf: (uri) => call('latestOf', uri, {}, () => images.latest.get(serviceIn(uri)) ?? null),
    moveLatest: (uri, digest) =>
      call('moveLatest', uri, { digest }, () => {
        images.latest.set(serviceIn(uri), digest);
      }),
    lifecyclePolicy: async () => null,
    listImages: async () => [],
    findTags: async () => new Map(),
    moveTag: async () => {},
  };
};
