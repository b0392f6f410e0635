/**
 * Work of `slipway init`: what lies here, what the cluster has, and from both a `slipway.yaml` that the project's own
 * parser takes. Nothing is guessed in silence.
 */

import { join } from 'node:path';
import { parseConfiguration } from '../config/parse-configuration.ts';
import { ConfigurationError } from '../errors.ts';
import type { InitOptions } from './commands/init.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { CONFIG_FILE } from './finding/app-name.ts';
import { repositoryTop } from './finding/git.ts';
import { askCloud } from './init/ask-cloud.ts';
import type { CloudAnswer } from './init/cloud.ts';
import { type Dockerfile, findDockerfiles, readStart } from './init/dockerfiles.ts';
import type { Draft } from './init/draft.ts';
import { draftText } from './init/draft-yaml.ts';
import { guessApp } from './init/guess-app.ts';
import { guessChecks } from './init/guess-checks.ts';
import { listed } from './init/listed.ts';
import { defaultRepository, draftImage, matchServices } from './init/match-services.ts';
import { fileState, listRepositoryFiles } from './init/repository-files.ts';
import { assertNone, writeConfiguration } from './init/write-configuration.ts';
import type { CommandContext } from './program.ts';
import { adviceLines } from './render/command-lines.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';

/** A valid name that no cluster has by chance. */
const PLACEHOLDER_CLUSTER = 'CHANGE-ME';

type Say = (glyph: '✓' | '!' | '–', text: string) => void;

export async function init(options: InitOptions, { cwd, terminal }: CommandContext): Promise<ExitCode> {
  const warnings: string[] = [];
  const say: Say = (glyph, text) => {
    if (glyph === '!') warnings.push(text);
    for (const line of adviceLines(`${glyph} ${oneLine(text)}`, terminal.progressStyle, ''))
      terminal.progress(inert(line));
  };
  const gitTop = await repositoryTop(cwd);
  const top = gitTop ?? cwd;
  const file = join(top, CONFIG_FILE);
  if (!options.stdout && !options.force) await assertNone(file);
  if (gitTop === undefined) say('!', 'no git repository here: a release is a commit, so make one (git init)');
  const { app, appGuess } =
    options.app === undefined
      ? await guessApp(top, gitTop !== undefined)
      : { app: options.app, appGuess: undefined };
  if (appGuess !== undefined) say('!', `guessed: the app is called ${app}: ${appGuess} (--app)`);
  const { paths, isCut } = await listRepositoryFiles(top, gitTop !== undefined);
  if (isCut) say('!', 'there are very many files here: not all were looked at');
  const { dockerfiles, leftOut } = await findDockerfiles(top, paths, app);
  for (const { path, why } of leftOut) say('–', `${path} is left out: ${why}`);
  if (dockerfiles.length === 0) {
    throw new ConfigurationError(`there is no Dockerfile in ${top}`, {
      advice: 'Slipway builds images from Dockerfiles: write one, and run `slipway init` again.',
    });
  }
  say('✓', `${count(dockerfiles, 'Dockerfile')}: ${listed(dockerfiles.map(({ path }) => path))}`);
  const answer = await ask(options, say);
  const checks = await guessChecks({
    paths,
    contexts: dockerfiles.map(({ context }) => context),
    read: async (path) => ((await fileState(top, path)) === 'file' ? readStart(join(top, path)) : ''),
  });
  const draft: Draft = {
    app,
    appGuess,
    environment: options.environment,
    checks,
    ...fromAnswer(answer, app, dockerfiles, options, say),
  };
  tellGuesses(draft, say);
  const text = draftText(draft);
  // What we write, we can read: anything else is a defect of ours, found here and not in the first release.
  parseConfiguration(text);
  if (!options.stdout) {
    await writeConfiguration(file, text, options.force === true);
    say('✓', `written: ${file}`);
    for (const line of nextSteps(draft)) terminal.progress(line);
  }
  if (options.output === 'json') {
    terminal.result(jsonText(foundJson(draft, { file, written: !options.stdout, text, warnings }), 2));
  } else terminal.result(options.stdout ? text : file);
  return EXIT.ok;
}

interface Written {
  readonly file: string;
  /** False: `--stdout`. */
  readonly written: boolean;
  readonly text: string;
  readonly warnings: readonly string[];
}

/** Documented in docs/json.md. */
const foundJson = (
  { app, environment, cluster, images, services, checks }: Draft,
  { file, written, text, warnings }: Written,
): object => ({
  file,
  written,
  app,
  environment,
  cluster,
  images: images.map(({ name, guess }) => ({ name, guess: guess ?? null })),
  services: services.map(({ name, guess }) => ({ name, guess: guess ?? null })),
  checks: checks.map(({ name, guess, isReady }) => ({ name, guess, ready: isReady })),
  warnings,
  text,
});

const count = (items: readonly unknown[], what: string): string =>
  `${items.length} ${what}${items.length === 1 ? '' : 's'}`;

async function ask(options: InitOptions, say: Say): Promise<CloudAnswer> {
  if (!options.aws) return { kind: 'not-asked', why: 'as you said (--no-aws)', notes: [] };
  const answer = await askCloud({ region: options.region, cluster: options.cluster });
  if (answer.kind === 'cloud') {
    const { identity, region, cluster, services } = answer.cloud;
    say('✓', `asked AWS as ${identity} in ${region}: cluster ${cluster} has ${count(services, 'service')}`);
  }
  for (const note of answer.notes) say('!', note);
  return answer;
}

type Rest = Pick<Draft, 'images' | 'services' | 'cluster' | 'clusterGuess'>;

function fromAnswer(
  answer: CloudAnswer,
  app: string,
  dockerfiles: readonly Dockerfile[],
  options: InitOptions,
  say: Say,
): Rest {
  if (answer.kind === 'not-asked') {
    say(
      '–',
      `AWS was not asked: ${answer.why}. Not known: cluster, services, repositories, health check paths`,
    );
    return fromDockerfiles(app, dockerfiles, options, 'AWS was not asked');
  }
  const { cloud } = answer;
  if (cloud.services.length === 0) {
    say('!', `cluster ${cloud.cluster} has no services yet: create them before the first release`);
    return fromDockerfiles(
      app,
      dockerfiles,
      { ...options, cluster: cloud.cluster },
      'the cluster has no services yet',
    );
  }
  const { images, services, notes, missingRepositories } = matchServices({
    app,
    dockerfiles,
    cloud,
    pairs: options.image ?? {},
  });
  for (const note of notes) say('–', note);
  for (const name of missingRepositories) {
    say('!', `there is no ECR repository ${name} yet: aws ecr create-repository --repository-name ${name}`);
  }
  return { images, services, cluster: cloud.cluster, clusterGuess: undefined };
}

function fromDockerfiles(
  app: string,
  dockerfiles: readonly Dockerfile[],
  { cluster, image = {} }: Pick<InitOptions, 'cluster' | 'image'>,
  why: string,
): Rest {
  const paths = dockerfiles.map(({ path }) => path);
  const unknown = Object.keys(image).find((path) => !paths.includes(path));
  if (unknown !== undefined) {
    throw new ConfigurationError(`--image names ${unknown}, which is no Dockerfile here`, {
      advice: `There is ${listed(paths)}.`,
    });
  }
  return {
    images: dockerfiles.map((dockerfile) => {
      const said = image[dockerfile.path];
      const reasons = [
        dockerfile.guess && `context: ${dockerfile.guess}`,
        said === undefined && `its ECR repository: ${why}`,
      ];
      return draftImage(
        dockerfile,
        said ?? defaultRepository(app, dockerfile.name),
        reasons.filter((reason) => reason).join('; ') || undefined,
      );
    }),
    services: dockerfiles.map(({ name }) => ({
      name,
      runs: name,
      healthPath: undefined,
      facts: undefined,
      guess: `an ECS service of this name: ${why}`,
    })),
    cluster: cluster ?? PLACEHOLDER_CLUSTER,
    clusterGuess: cluster === undefined ? `put the name of your ECS cluster here: ${why}` : undefined,
  };
}

function tellGuesses({ checks, images, services, cluster, clusterGuess }: Draft, say: Say): void {
  for (const { name, guess, isReady } of checks) {
    if (isReady) say('!', `guessed: check ${name}: ${guess}`);
    else say('–', `check ${name} is written as a comment: ${guess}`);
  }
  for (const line of [...groupedGuesses('image', images), ...groupedGuesses('service', services)])
    say('!', line);
  if (clusterGuess !== undefined) say('!', `cluster ${cluster}: ${clusterGuess}`);
}

/** What several have in common is said once. */
function groupedGuesses(
  what: string,
  items: readonly { readonly name: string; readonly guess: string | undefined }[],
): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { name, guess } of items)
    if (guess !== undefined) names.set(guess, [...(names.get(guess) ?? []), name]);
  return [...names].map(
    ([guess, of]) => `guessed: ${what}${of.length === 1 ? '' : 's'} ${listed(of)}: ${guess}`,
  );
}

function nextSteps({ environment }: Draft): readonly string[] {
  const name = environment === 'production' ? '' : ` ${environment}`;
  return [
    'next:',
    `  look at ${CONFIG_FILE}, above all where it says \`guessed\``,
    `  git add ${CONFIG_FILE} && git commit -m "build: releases by Slipway"`,
    '  slipway doctor        # is all there that a release needs?',
    `  slipway deploy${name}`,
  ];
}
