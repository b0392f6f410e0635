/**
 * In what one task definition differs from another, for people: container by container, variable by variable. Values of
 * variables and commands are never shown, as they may be secret.
 */
import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import { type Change, changeText } from '../release/preview/change.ts';
import { registerFields } from './task-definition.ts';

/** More of them say no more than "another one". */
const MOST_LINES = 12;

type Fields = Readonly<Record<string, unknown>>;

/** One line for each difference, e.g. `container app: image shop@sha256:… → shop@sha256:…`. None: they mean the same. */
export const differencesOf = (before: TaskDefinition, after: TaskDefinition): readonly string[] => {
  const lines = changesBetween(before, after).map(changeText);
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `and ${more} more`] : lines;
};

/** All of them, each apart from what it is about. Fields that RegisterTaskDefinition does not take do not count. */
export const changesBetween = (before: TaskDefinition, after: TaskDefinition): readonly Change[] => [
  ...compare('', only(before, registerFields), only(after, registerFields), ['containerDefinitions']),
  ...containers(before.containerDefinitions ?? [], after.containerDefinitions ?? []),
];

const containers = (
  before: readonly ContainerDefinition[],
  after: readonly ContainerDefinition[],
): readonly Change[] =>
  byName(before, after, ({ name }) => name).flatMap(([name, one, other]) => {
    const what = `container ${name}`;
    if (!one) return [{ what, how: 'is new' }];
    if (!other) return [{ what, how: 'is gone' }];
    return [
      ...compare(`${what}: `, fieldsOf(one), fieldsOf(other), ['environment', 'secrets']),
      ...named(`${what}: variable`, one.environment, other.environment),
      ...named(`${what}: secret`, one.secrets, other.secrets),
    ];
  });

const named = (
  label: string,
  before: readonly { readonly name?: string | undefined }[] = [],
  after: readonly { readonly name?: string | undefined }[] = [],
): readonly Change[] =>
  byName(before, after, ({ name }) => name).flatMap(([name, one, other]) => {
    const what = `${label} ${name}`;
    if (!one) return [{ what, how: 'is new' }];
    if (!other) return [{ what, how: 'is gone' }];
    return same(one, other) ? [] : [{ what, how: 'has another value' }];
  });

/** Simple values are shown, but for those in which people put secrets. */
const compare = (
  prefix: string,
  before: Fields,
  after: Fields,
  apart: readonly string[],
): readonly Change[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !apart.includes(field) && !same(before[field], after[field]))
    .map((field) => {
      const [one, other] = [before[field], after[field]];
      const isShown = isSimple(one) && isSimple(other);
      const how = isShown ? `${one ?? 'none'} → ${other ?? 'none'}` : 'has changed';
      return { what: `${prefix}${field}`, how };
    });

const isSimple = (value: unknown): boolean => value === undefined || typeof value !== 'object';

/** What is empty and what is absent mean the same to ECS; the order of fields means nothing. */
const same = (one: unknown, other: unknown): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => {
    if (Array.isArray(part)) return part.length === 0 ? undefined : part;
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  }) ?? '';

const byName = <T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string | undefined,
): readonly (readonly [string, T | undefined, T | undefined])[] => {
  const named = (all: readonly T[]): Map<string, T> => new Map(all.map((one) => [nameOf(one) ?? '', one]));
  const [ones, others] = [named(before), named(after)];
  return [...new Set([...ones.keys(), ...others.keys()])].map((name) => [
    name,
    ones.get(name),
    others.get(name),
  ]);
};

const fieldsOf = (container: ContainerDefinition): Fields => ({ ...container });

const only = (definition: TaskDefinition, names: ReadonlySet<string>): Fields =>
  Object.fromEntries(Object.entries(definition).filter(([name]) => names.has(name)));
