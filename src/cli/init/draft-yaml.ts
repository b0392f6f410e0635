/**
 * The draft as the text of `slipway.yaml`, with a comment wherever a reader would ask. Pure.
 */
import { Document, isMap, isScalar, type Pair, visit } from 'yaml';
import { oneLine } from '../render/sanitize.ts';
import type { Draft, DraftCheck, DraftImage, DraftService } from './draft.ts';

const TITLE = [
  ' What a release of this repository is, and where it goes. Written by `slipway init`.',
  ' Lines marked `guessed` want a look. docs/configuration.md has every key.',
].join('\n');

const NO_CHECKS = [
  ' Commands that must pass before anything is pushed, such as:',
  ' checks:',
  '   tests: { run: npm test, setup: { run: npm ci } }',
].join('\n');

const STRINGIFY = { lineWidth: 0, indent: 2, nullStr: '' } as const;

export function draftText(draft: Draft): string {
  const ready = draft.checks.filter(({ isReady }) => isReady);
  const document = new Document(
    {
      app: draft.app,
      ...(ready.length > 0 && { checks: byKey(ready, checkSection) }),
      images: byKey(draft.images, (image) => imageSection(draft.app, image)),
      services: byKey(draft.services, serviceSection),
      environments: { [draft.environment]: { cluster: draft.cluster } },
    },
    { aliasDuplicateObjects: false },
  );
  document.commentBefore = TITLE;
  comment(document, ['app'], guessed(draft.appGuess));
  for (const { name, guess } of ready) comment(document, ['checks', name], guessed(guess));
  for (const { name, guess } of draft.images) comment(document, ['images', name], guessed(guess));
  for (const { name, facts, guess } of draft.services)
    comment(document, ['services', name], [facts ?? '', guessed(guess)]);
  comment(document, ['environments', draft.environment, 'cluster'], guessed(draft.clusterGuess));
  aboveSections(document, draft);
  inShort(document);
  return document.toString(STRINGIFY);
}

const byKey = <T extends { readonly name: string }>(
  items: readonly T[],
  section: (item: T) => unknown,
): object => Object.fromEntries(items.map((item) => [item.name, section(item)]));

const guessed = (guess: string | undefined): string => (guess === undefined ? '' : `guessed: ${guess}`);

function aboveSections(document: Document, draft: Draft): void {
  const hasChecks = draft.checks.some(({ isReady }) => isReady);
  const open = draft.checks.filter(({ isReady }) => !isReady);
  const checks = open.length > 0 ? commentedOut(open, hasChecks) : hasChecks ? '' : NO_CHECKS;
  above(document, 'checks', ' Commands that must pass before anything is pushed.');
  const images = ' Each is built for the architecture that its services’ task definitions name.';
  above(document, 'images', [...(checks === '' ? [] : [checks, '']), images].join('\n'));
  above(
    document,
    'services',
    ' ECS services that run them. They must exist: Slipway updates services, it never makes any.',
  );
  above(document, 'environments', ' Where releases go.');
}

/** YAML that only wants its `#` taken away. */
function commentedOut(checks: readonly DraftCheck[], hasChecks: boolean): string {
  const lines = checks.flatMap((check) => [
    ` guessed: ${oneLine(check.guess)}. Not switched on:`,
    ...sectionText({ [check.name]: checkSection(check) })
      .split('\n')
      .map((line) => `   ${line}`),
  ]);
  return [
    ...(hasChecks ? [] : [' Commands that must pass before anything is pushed:', ' checks:']),
    ...lines,
  ].join('\n');
}

function sectionText(section: object): string {
  const document = new Document(section);
  inShort(document);
  return document.toString(STRINGIFY).trimEnd();
}

function checkSection({ directory, setup, run }: DraftCheck): object {
  return {
    ...(directory !== '.' && { directory }),
    ...(setup && { setup: { run: setup.run, cache: { key: [...setup.key], paths: [...setup.paths] } } }),
    run,
  };
}

function imageSection(app: string, { name, context, dockerfile, repository }: DraftImage): object | null {
  const section = {
    ...(context !== '.' && { context }),
    ...(dockerfile !== 'Dockerfile' && { dockerfile }),
    ...(repository !== `${app}/${name}` && { repository }),
  };
  return Object.keys(section).length === 0 ? null : section;
}

function serviceSection({ name, runs, healthPath }: DraftService): object | null {
  const section = {
    ...(typeof runs !== 'string' && { containers: { ...runs } }),
    ...(typeof runs === 'string' && runs !== name && { image: runs }),
    ...(healthPath !== undefined && { health: { path: healthPath } }),
  };
  return Object.keys(section).length === 0 ? null : section;
}

/** Lists, and what is no longer than they are, on one line. */
function inShort(node: Document): void {
  visit(node, {
    Seq: (_key, list) => {
      list.flow = true;
    },
    Pair: (_key, { key, value }) => {
      const isShort = isScalar(key) && (key.value === 'health' || key.value === 'cache');
      if (isShort && isMap(value)) value.flow = true;
    },
  });
}

function pairAt(document: Document, path: readonly string[]): Pair | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  return parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
}

function comment(document: Document, path: readonly string[], says: string | readonly string[]): void {
  const lines = (typeof says === 'string' ? [says] : says).map(oneLine).filter((line) => line !== '');
  const key = pairAt(document, path)?.key;
  if (lines.length > 0 && isScalar(key)) key.commentBefore = lines.map((line) => ` ${line}`).join('\n');
}

/** With an empty line before it. */
function above(document: Document, section: string, text: string): void {
  const key = pairAt(document, [section])?.key;
  if (!isScalar(key)) return;
  key.spaceBefore = true;
  key.commentBefore = text;
}
