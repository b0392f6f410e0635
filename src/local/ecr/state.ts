// What the ECR side remembers: repositories, their images and tags, and who may log in.
// Blobs and manifests lie in the real registry, by digest; only names and rules are here.
import { z } from 'zod';
import type { OpenStateFile } from '../state-file.ts';

const imageSchema = z.object({
  digest: z.string(),
  mediaType: z.string(),
  /** The config's media type, as DescribeImages shows it. */
  artifactMediaType: z.string().optional(),
  /** Config and layers; 0 for an index. */
  sizeBytes: z.number(),
  /** Of the manifest's own text. */
  manifestBytes: z.number(),
  pushedAtMs: z.number(),
  lastPulledAtMs: z.number().optional(),
  /** Digests of an index's manifests: an image that is in an index cannot be deleted alone. */
  children: z.array(z.string()),
  /** OCI 1.1: the image that this one (a signature, an SBOM) is about. */
  subjectDigest: z.string().optional(),
  /** Config and layers: only what an image uses can be mounted into another repository. */
  blobs: z.array(z.string()).optional(),
  /** Shown with a referrer. */
  annotations: z.record(z.string(), z.string()).optional(),
  scanAskedAtMs: z.number().optional(),
});

export const mutabilities = [
  'MUTABLE',
  'IMMUTABLE',
  'MUTABLE_WITH_EXCLUSION',
  'IMMUTABLE_WITH_EXCLUSION',
] as const;

const repositorySchema = z.object({
  name: z.string(),
  /** In the registry behind us: new with every creation, so that nothing of a deleted one comes back. */
  storedAs: z.string().optional(),
  createdAtMs: z.number(),
  mutability: z.enum(mutabilities),
  /** Wildcards, e.g. `latest` or `dev-*`. Empty unless the mutability is one `…_WITH_EXCLUSION`. */
  exclusions: z.array(z.string()),
  scanOnPush: z.boolean(),
  encryption: z.object({ encryptionType: z.string(), kmsKey: z.string().optional() }),
  lifecyclePolicy: z.string().optional(),
  policy: z.string().optional(),
  resourceTags: z.record(z.string(), z.string()),
  images: z.record(z.string(), imageSchema),
  /** Image tag to digest. */
  tags: z.record(z.string(), z.string()),
});

/** What belongs to the registry as a whole. */
const registrySchema = z.object({
  policy: z.string().optional(),
  /** As they were put: stored and given back. */
  replicationRules: z.array(z.unknown()).optional(),
  scanning: z.object({ scanType: z.string(), rules: z.array(z.unknown()) }).optional(),
  settings: z.record(z.string(), z.string()).optional(),
});

const stateSchema = z.object({
  repositories: z.record(z.string(), repositorySchema),
  registry: registrySchema.optional(),
  tokens: z.array(z.object({ sha256: z.string(), expiresAtMs: z.number() })),
});

export type ImageRecord = z.infer<typeof imageSchema>;
export type RepositoryRecord = z.infer<typeof repositorySchema>;
export type RegistryRecord = z.infer<typeof registrySchema>;
export type Mutability = RepositoryRecord['mutability'];
export type EcrState = z.infer<typeof stateSchema>;
export type EcrStateFile = OpenStateFile<EcrState>;

export const emptyEcrState = (): EcrState => ({ repositories: {}, tokens: [] });

export const parseEcrState = (json: unknown): EcrState => stateSchema.parse(json);

export function tagsOf(repository: RepositoryRecord, digest: string): string[] {
  return Object.entries(repository.tags)
    .filter(([, each]) => each === digest)
    .map(([tag]) => tag);
}
