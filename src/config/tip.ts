/**
 * `slipway.yaml` as the end of the protected branch has it, read for what is not a commit's to choose. That end may be
 * broken, or written for a newer Slipway, and releases of other commits go on: then as much as can be told is taken.
 */
import { parse } from 'yaml';
import { ConfigurationError } from '../errors.ts';
import type { Whereabouts } from '../release/whereabouts.ts';
import { imageOf, servicesOf } from './cross-checks.ts';
import { type Configuration, parseConfiguration } from './parse-configuration.ts';
import { type Policy, type PromotionRule, policyOf } from './policy.ts';
import type { ServiceSection } from './schema.ts';

export type TipEnvironment =
  | {
      readonly kind: 'understood';
      readonly policy: Policy;
      /** Name of each of its services in ECS → images that it runs. */
      readonly services: ReadonlyMap<string, readonly string[]>;
    }
  | {
      /** What the section seems to say; the rest of it, or of the file, cannot be read. */
      readonly kind: 'guessed';
      readonly where: Whereabouts | null;
      readonly promote: PromotionRule | null;
      /** A person has to say yes: it says so, or asks for something in words that we do not know. */
      readonly asksSomebody: boolean;
    };

/** Environments by name; none where the text is no YAML at all. */
export type Tip = ReadonlyMap<string, TipEnvironment>;

export const readTip = (text: string): Tip => {
  const configuration = understood(text);
  if (configuration === undefined) return guess(text);
  return new Map(
    Object.entries(configuration.environments).map(([name, section]) => [
      name,
      {
        kind: 'understood',
        policy: policyOf(section),
        services: new Map(
          servicesOf(configuration, section).map((name) => runBy(name, configuration.services[name])),
        ),
      },
    ]),
  );
};

const runBy = (name: string, service: ServiceSection | undefined): [string, readonly string[]] => {
  if (service === undefined) return [name, []];
  const image = imageOf(name, service);
  const images = image === undefined ? Object.values(service.containers ?? {}) : [image];
  return [service.service ?? name, images];
};

function understood(text: string): Configuration | undefined {
  try {
    return parseConfiguration(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** The stricter reading of what cannot be understood as a whole. */
function guess(text: string): Tip {
  let root: unknown;
  try {
    root = parse(text, { maxAliasCount: 100, logLevel: 'silent' });
  } catch {
    return new Map();
  }
  const environments = fieldsOf(fieldsOf(root).environments);
  return new Map(
    Object.entries(environments).map(([name, value]) => {
      const section = fieldsOf(value);
      const { cluster, deployQueue } = section;
      const promote = guessPromotion(section.promote);
      return [
        name,
        {
          kind: 'guessed',
          where: isText(cluster) ? { cluster, ...(isText(deployQueue) && { deployQueue }) } : null,
          promote,
          asksSomebody: 'approval' in section || ('promote' in section && promote === null),
        },
      ];
    }),
  );
}

const guessPromotion = (value: unknown): PromotionRule | null => {
  if (isText(value)) return { from: value, required: false };
  const { from, required } = fieldsOf(value);
  return isText(from) ? { from, required: required !== false } : null;
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
