/**
 * What people mean by a word after `slipway logs <release>`: a step, or a service – and what to say where it is neither.
 */
import { shellWord } from '../../client/index.ts';
import { didYouMean } from '../../config/did-you-mean.ts';
import { ConfigurationError } from '../../errors.ts';
import type { ReleaseReport, StepKind, StepStatus } from '../../release/verdict.ts';

export type LogTarget =
  | { readonly kind: 'step'; readonly step: StepStatus }
  | { readonly kind: 'migration'; readonly step: StepStatus }
  | ({ readonly kind: 'service' } & NamedService);

export interface NamedService {
  /** In `slipway.yaml`. */
  readonly name: string;
  /** In ECS; null where only its name is known. */
  readonly service: string | null;
}

export interface WantedLog {
  readonly word: string;
  readonly as: 'step' | 'service' | 'any';
}

/** What a release knows of itself, as far as its logs go. */
export type Known = Pick<ReleaseReport, 'environment' | 'steps'> & {
  readonly services: readonly NamedService[];
};

/** Steps that run a program write a log; all others only wait for somebody else. */
const WRITES: readonly StepKind[] = ['check', 'build', 'push'];

export const stepsWithLog = (steps: readonly StepStatus[]): readonly StepStatus[] =>
  steps.filter(({ kind }) => WRITES.includes(kind));

/** @throws ConfigurationError with what there is */
export const logTarget = (known: Known, { word, as }: WantedLog): LogTarget => {
  const step = as === 'service' ? undefined : stepNamed(known, word, as);
  const service = as === 'step' ? undefined : serviceNamed(known, word);
  if (step?.id === word) return asTarget(known, step);
  if (service) return { kind: 'service', ...service };
  if (step) return asTarget(known, step);
  throw nothingOf(known, word, as);
};

const asTarget = (known: Known, step: StepStatus): LogTarget => {
  if (step.kind === 'migrate') return { kind: 'migration', step };
  if (WRITES.includes(step.kind)) return { kind: 'step', step };
  const [service] = known.services;
  throw new ConfigurationError(`step ${step.id} has no log of its own: it only waits for others`, {
    evidence: whatThereIs(known),
    ...(service && {
      advice: `What the containers write: slipway logs ${shellWord(known.environment)} ${shellWord(service.name)}`,
    }),
  });
};

/** By its id, or by its name alone where only one step has it: `unit` for `check:unit`. */
const stepNamed = ({ steps }: Known, word: string, as: WantedLog['as']): StepStatus | undefined => {
  const exact = steps.find(({ id }) => id === word);
  if (exact) return exact;
  const [named, ...others] = stepsWithLog(steps).filter(({ name }) => name === word);
  if (named && others.length > 0 && as === 'step') {
    const ids = [named, ...others].map(({ id }) => id).join(', ');
    throw new ConfigurationError(`which step of that name: ${ids}?`);
  }
  return others.length === 0 ? named : undefined;
};

const serviceNamed = ({ services }: Known, word: string) => {
  const found =
    services.find(({ name }) => name === word) ?? services.find(({ service }) => service === word);
  return found && { name: found.name, service: found.service };
};

const nothingOf = (known: Known, word: string, as: WantedLog['as']): ConfigurationError => {
  const steps = [...stepsWithLog(known.steps), ...known.steps.filter(({ kind }) => kind === 'migrate')];
  const words = [
    ...(as === 'service' ? [] : steps.map(({ id }) => id)),
    ...(as === 'step' ? [] : known.services.map(({ name }) => name)),
  ];
  const meant = didYouMean(word, words);
  const what = as === 'any' ? 'step or service' : as;
  return new ConfigurationError(
    `there is no ${what} ${JSON.stringify(word)} in this release${meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`}`,
    {
      evidence: whatThereIs(known),
      advice: `With their sizes: slipway logs ${shellWord(known.environment)}`,
    },
  );
};

export const whatThereIs = ({ steps, services }: Known): readonly string[] => {
  const ids = [...stepsWithLog(steps), ...steps.filter(({ kind }) => kind === 'migrate')].map(({ id }) => id);
  return [
    ids.length > 0 ? `steps: ${ids.join(', ')}` : 'steps: none yet',
    services.length > 0
      ? `services: ${services.map(({ name }) => name).join(', ')}`
      : 'services: not known yet',
  ];
};

/** A release that has just been started does not know its steps: they are in its plan. */
export const isPlanning = (steps: readonly StepStatus[]): boolean =>
  steps.every(({ kind, state }) => kind === 'plan' && (state === 'waiting' || state === 'running'));

/** Why a step has written nothing; null: it has, or should have. */
export const whyNoLog = (step: StepStatus): string | null => {
  const { id, state, detail } = step;
  const because = detail === undefined ? '' : `: ${detail}`;
  if (state === 'waiting') return `${id} has not started yet`;
  if (state === 'skipped') return `${id} was skipped${because}`;
  if (state === 'cancelled' && step.startedAtMs === undefined) return `${id} was cancelled before it began`;
  if (state === 'succeeded' && step.logKey === undefined) return `${id} has no log${because}`;
  return null;
};
