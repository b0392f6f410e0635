/**
 * What people mean by a word after `slipway logs <release>`: a step, or a service – and what to say where it is neither.
 */
import { ReleaseNotFoundError } from '../../client/errors.ts';
import { didYouMean } from '../../config/did-you-mean.ts';
import { ConfigurationError, type SlipwayError } from '../../errors.ts';
import type { ReleaseReport, ReportSoFar, StepKind, StepStatus } from '../../release/verdict.ts';
import { environmentCommand, type Reader } from '../render/command.ts';

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
  /** `alone`: it was the only word, and could have been an environment. */
  readonly as: 'step' | 'service' | 'any' | 'alone';
}

/** What a release knows of itself, as far as its logs go. */
export type Known = Pick<ReleaseReport, 'app' | 'environment' | 'steps'> & {
  readonly services: readonly NamedService[];
  /** How it has ended; null while it runs. */
  readonly end: string | null;
};

/** As part of a sentence. */
export const howItEnded = ({ verdict, cause }: Pick<ReportSoFar, 'verdict' | 'cause'>): string => {
  if (verdict === null) return 'without a verdict';
  return cause === null ? verdict : `${verdict}: ${cause.summary}`;
};

/** Steps that run a program write a log; all others only wait for somebody else. */
const WRITES: readonly StepKind[] = ['check', 'build', 'push'];

export const stepsWithLog = (steps: readonly StepStatus[]): readonly StepStatus[] =>
  steps.filter(({ kind }) => WRITES.includes(kind));

/** @throws ConfigurationError with what there is */
export const logTarget = (known: Known, { word, as }: WantedLog, reader: Reader = {}): LogTarget => {
  const step = as === 'service' ? undefined : stepNamed(known, word, as);
  const service = as === 'step' ? undefined : serviceNamed(known, word);
  if (step?.id === word) return asTarget(known, step, reader);
  if (service) return { kind: 'service', ...service };
  if (step) return asTarget(known, step, reader);
  throw nothingOf(known, word, as, reader);
};

const asTarget = (known: Known, step: StepStatus, reader: Reader): LogTarget => {
  if (step.kind === 'migrate') return { kind: 'migration', step };
  if (WRITES.includes(step.kind)) return { kind: 'step', step };
  const [service] = known.services;
  throw new ConfigurationError(`step ${step.id} has no log of its own: it only waits for others`, {
    evidence: whatThereIs(known),
    ...(service && {
      advice: `What the containers write: ${environmentCommand('logs', known, reader, { rest: [service.name] })}`,
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

const nothingOf = (known: Known, word: string, as: WantedLog['as'], reader: Reader): SlipwayError => {
  const steps = [...stepsWithLog(known.steps), ...known.steps.filter(({ kind }) => kind === 'migrate')];
  const words = [
    ...(as === 'service' ? [] : steps.map(({ id }) => id)),
    ...(as === 'step' ? [] : known.services.map(({ name }) => name)),
  ];
  const meant = didYouMean(word, words);
  const what = as === 'step' || as === 'service' ? as : 'step or service';
  const mind = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
  const options = {
    evidence: whatThereIs(known),
    advice: `With their sizes: ${environmentCommand('logs', known, reader)}`,
  };
  const quoted = JSON.stringify(word);
  if (as !== 'alone')
    return new ConfigurationError(`there is no ${what} ${quoted} in this release${mind}`, options);
  const { app, environment } = known;
  return new ReleaseNotFoundError(
    `no release of ${app} in ${quoted} was found, and the newest one in ${environment} has no ${what} ${quoted}${mind}`,
    options,
  );
};

/** Why a release has no steps but its plan. */
export const whyNoSteps = (end: string | null): string =>
  end === null ? 'none yet' : `none: it ended before it had any (${end})`;

/** Why no service is known: neither from the release nor from the one that serves. */
export const whyNoServices = (end: string | null): string =>
  end === null
    ? 'not known yet'
    : `none: it ended before it came to them (${end}), and no release is known to serve`;

export const whatThereIs = ({ steps, services, end }: Known): readonly string[] => {
  const ids = [...stepsWithLog(steps), ...steps.filter(({ kind }) => kind === 'migrate')].map(({ id }) => id);
  return [
    `steps: ${ids.length > 0 ? ids.join(', ') : whyNoSteps(end)}`,
    `services: ${services.length > 0 ? services.map(({ name }) => name).join(', ') : whyNoServices(end)}`,
  ];
};

/** A release that has just been started does not know its steps: they are in its plan. */
export const isPlanning = (steps: readonly StepStatus[]): boolean =>
  steps.every(({ kind, state }) => kind === 'plan' && (state === 'waiting' || state === 'running'));

/**
 * Why a step has written nothing; null: it has, or should have.
 * @param end how its release has ended; null: it runs
 */
export const whyNoLog = (step: StepStatus, end: string | null = null): string | null => {
  const { id, state, detail } = step;
  const because = detail === undefined ? '' : `: ${detail}`;
  if (state === 'waiting')
    return end === null ? `${id} has not started yet` : `${id} never started: the release has ended (${end})`;
  if (state === 'skipped') return `${id} was skipped${because}`;
  if (state === 'cancelled' && step.startedAtMs === undefined) return `${id} was cancelled before it began`;
  if (state === 'succeeded' && step.logKey === undefined) return `${id} has no log${because}`;
  return null;
};
