/**
 * An image from one registry to another, to the byte: its digest is the same afterwards, which the other registry is
 * asked for. Blobs are streamed through, one at a time; what is there already is not sent again.
 */
import { RefusedByServiceError, UnsafePlanError } from '../errors.ts';
import {
  openRepository,
  type RawManifest,
  type RegistryEnd,
  type RegistryRepository,
} from './registry-repository.ts';

export interface CopyOptions {
  readonly from: RegistryEnd;
  readonly to: RegistryEnd;
  readonly digest: string;
  /** It is called that afterwards, unless that tag names another image and may not be moved. */
  readonly tag: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (line: string) => void;
}

export interface CopyOutcome {
  /** Blobs and manifests that were not there before. */
  readonly uploaded: number;
}

interface Descriptor {
  readonly digest: string;
  /** Of layers that only their vendor may distribute: no registry has them. */
  readonly urls?: readonly string[];
}

/** An index names manifests, a manifest names blobs. */
interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

/** @throws UnsafePlanError where the source is gone; TransientError, RefusedByServiceError */
export const copyBetweenRegistries = async (options: CopyOptions): Promise<CopyOutcome> => {
  const copy = new Copy(options);
  await copy.run();
  return { uploaded: copy.uploaded };
};

class Copy {
  uploaded = 0;
  readonly #options: CopyOptions;
  readonly #source: RegistryRepository;
  readonly #target: RegistryRepository;

  constructor(options: CopyOptions) {
    this.#options = options;
    this.#source = openRepository(options.from, options.signal);
    this.#target = openRepository(options.to, options.signal);
  }

  async run(): Promise<void> {
    const { digest, tag, to } = this.#options;
    const manifest = await this.#copyManifest(digest);
    const isNamed = (await this.#target.digestOf(tag)) === digest;
    // One that nothing names may be the first that a lifecycle rule removes; but a fixed tag is not ours to fight.
    if (!isNamed) await this.#target.putManifest(tag, manifest);
    const found = await this.#target.digestOf(digest);
    if (found !== digest) {
      throw new RefusedByServiceError(
        `${to.repositoryUri} has ${found ?? 'nothing'} after the copy of ${digest}`,
      );
    }
  }

  /** What a manifest names comes before it: registries refuse one that names what they do not have. */
  async #copyManifest(digest: string): Promise<RawManifest> {
    const there = await this.#target.readManifest(digest);
    const manifest = there ?? (await this.#source.readManifest(digest)) ?? this.#gone(digest);
    const { manifests, config, layers } = read(manifest, digest);
    // Of an index each image may have been removed by itself.
    for (const child of manifests ?? []) await this.#copyManifest(child.digest);
    if (there) return there;
    const blobs = [...(config ? [config] : []), ...(layers ?? [])].filter(({ urls }) => !urls?.length);
    for (const [index, blob] of blobs.entries())
      await this.#copyBlob(blob, `${index + 1} of ${blobs.length}`);
    await this.#target.putManifest(digest, manifest);
    this.uploaded += 1;
    return manifest;
  }

  async #copyBlob({ digest }: Descriptor, which: string): Promise<void> {
    const { onProgress } = this.#options;
    onProgress?.(`blob ${which}`);
    if (await this.#target.hasBlob(digest)) return;
    this.uploaded += 1;
    if (await this.#mount(digest)) return;
    const content = (await this.#source.openBlob(digest)) ?? this.#gone(digest);
    await this.#target.putBlob(digest, content.pipeThrough(counted(which, onProgress)));
  }

  /** Within one registry nothing has to be sent. */
  async #mount(digest: string): Promise<boolean> {
    const [source, target] = [place(this.#options.from), place(this.#options.to)];
    return source.host === target.host && this.#target.mountBlob(digest, source.repository);
  }

  #gone(digest: string): never {
    const { from } = this.#options;
    throw new UnsafePlanError(`${from.repositoryUri} does not have ${digest} any more`, {
      advice:
        'a lifecycle rule or a person has removed it: bring the commit to that environment again, then promote it',
    });
  }
}

const read = ({ bytes }: RawManifest, digest: string): Manifest => {
  try {
    return JSON.parse(bytes.toString('utf8')) as Manifest;
  } catch (error) {
    throw new RefusedByServiceError(`${digest} is no manifest`, { cause: error });
  }
};

const place = ({ repositoryUri }: RegistryEnd): { readonly host: string; readonly repository: string } => {
  const slash = repositoryUri.indexOf('/');
  return { host: repositoryUri.slice(0, slash), repository: repositoryUri.slice(slash + 1) };
};

const counted = (
  which: string,
  onProgress: CopyOptions['onProgress'],
): TransformStream<Uint8Array, Uint8Array> => {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length;
      onProgress?.(`blob ${which}: ${(bytes / 2 ** 20).toFixed(1)} MiB`);
      controller.enqueue(chunk);
    },
  });
};
