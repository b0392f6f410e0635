/** Facts of a plan of two services in two waves against which nothing stands, for tests that change one thing. */
import { type Foresight, foresee } from '../../../src/release/environment/foresight.ts';
import { type EnvironmentState, emptyEnvironment } from '../../../src/release/environment/state.ts';
import type { ReleaseSpec } from '../../../src/release/plan.ts';
import type { PreviewFacts } from '../../../src/release/preview/join-preview.ts';
import type { ImageSight, ServiceSight, Sight } from '../../../src/release/preview/sight.ts';
import { commit, entrant } from '../environment/scenes.ts';
import { timing } from '../views.ts';

export const NOW_MS = Date.UTC(2026, 10, 29, 18, 0);

export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

export const specOf = (more: Partial<ReleaseSpec> = {}): ReleaseSpec => ({
  app: 'shop',
  environment: 'production',
  cluster: 'shop',
  commit: { sha: commit(5).sha, subject: 'feat: a cart', author: 'Ada' },
  source: { hash: 'f'.repeat(64), bytes: 1 },
  checks: [
    { name: 'lint', directory: '.', needs: [], run: 'true', env: {}, timeoutMs: 60_000 },
    { name: 'unit', directory: '.', needs: ['lint'], run: 'true', env: {}, timeoutMs: 600_000 },
  ],
  images: [],
  services: [],
  waves: [['worker'], ['api']],
  timing: { ...timing, stabilityTimeoutMs: 1_800_000, stallTimeoutMs: 600_000, capacityTimeoutMs: 900_000 },
  ...more,
});

export const imageSight = (name: string, more: Partial<ImageSight> = {}): ImageSight => ({
  name,
  architecture: 'arm64',
  repositoryUri: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/${name}`,
  source: 'build',
  digest: null,
  ...more,
});

const arnOf = (name: string): string => `arn:aws:ecs:eu-central-1:123456789012:task-definition/${name}`;

export const serviceSight = (name: string, more: Partial<ServiceSight> = {}): ServiceSight => ({
  name,
  service: `shop-${name}`,
  wave: name === 'worker' ? 1 : 2,
  live: arnOf(`${name}:7`),
  base: 'live',
  changes: [`container ${name}: image shop/${name}@sha256:aaaaaaaaaaaa → :000000000005`],
  note: null,
  window: { desired: 2, minimumHealthyPercent: 100, maximumPercent: 200 },
  breaker: true,
  health: null,
  rollback: { to: arnOf(`${name}:7`), problems: [], notes: [], unchecked: [] },
  drift: null,
  ...more,
});

export const sightOf = (more: Partial<Sight> = {}): Sight => ({
  obstacle: null,
  inPlace: null,
  images: [
    imageSight('api'),
    imageSight('worker', { architecture: 'amd64', source: 'reuse', digest: digest('b') }),
  ],
  services: [serviceSight('api', { health: 'https://shop.example/health' }), serviceSight('worker')],
  moreServices: 0,
  moreImages: 0,
  warnings: [],
  ...more,
});

export const stateOf = (more: Partial<EnvironmentState> = {}): EnvironmentState => ({
  ...emptyEnvironment('shop', 'production'),
  lastNumber: 11,
  serving: { number: 11, origin: 11, commit: commit(4) },
  ...more,
});

export const foresightOf = (more: Partial<EnvironmentState> = {}): Foresight =>
  foresee(
    stateOf(more),
    { entrant: entrant('plan/shop/production/1/run', commit(5)), rules: null, ready: false },
    NOW_MS,
  );

export const factsOf = (more: Partial<PreviewFacts> = {}): PreviewFacts => ({
  request: {},
  spec: specOf(),
  unverified: null,
  foresight: foresightOf(),
  order: 'newer',
  sight: sightOf(),
  nowMs: NOW_MS,
  ...more,
});
