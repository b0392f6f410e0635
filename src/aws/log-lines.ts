/** Makes lines of somebody's log fit for a report: whole, without control characters and secrets, not too long. */
import { stripVTControlCharacters } from 'node:util';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { createRedactor, maskSecrets, type Redactor } from '../store/redact.ts';

const LONGEST_LINE = 300;
const CONTROL = /\p{Cc}/gu;
const HALF_CHARACTER = /[\ud800-\udbff]$/;

/** A message may have several lines (`awslogs-multiline-pattern`); empty ones are left out. */
export const cleanLines = (
  messages: readonly string[],
  redact: Redactor,
  longest = LONGEST_LINE,
): readonly string[] =>
  messages
    .flatMap((message) => stripVTControlCharacters(redact(message)).split(/\r\n|[\r\n]/))
    .map((line) => cut(maskSecrets(line.replaceAll('\t', '  ').replaceAll(CONTROL, '')).trimEnd(), longest))
    .filter((line) => line !== '');

const cut = (line: string, longest: number): string =>
  line.length <= longest ? line : `${line.slice(0, longest - 1).replace(HALF_CHARACTER, '')}…`;

/** A value in the open in the task definition whose name says that it should not be shown. */
const SECRET_NAME = /passw|secret|token|api_?key|private_?key|access_?key|credential/i;

export const redactorFor = (definition: ContainerDefinition, secrets: readonly string[]): Redactor =>
  createRedactor([
    ...secrets,
    ...(definition.environment ?? []).flatMap(({ name, value }) =>
      name !== undefined && value !== undefined && SECRET_NAME.test(name) ? [value] : [],
    ),
  ]);
