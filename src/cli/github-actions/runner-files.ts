/**
 * The files through which a step hands things to GitHub's runner. They are an extra: one that cannot be written is
 * said, and changes no verdict.
 */
import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';

export type Outputs = Readonly<Record<string, string>>;

/** `name<<delimiter`, as the runner reads it (FileCommandManager.cs): a value cannot end itself and begin another one. */
export const outputLines = (outputs: Outputs, delimiter: string = `slipway-${randomUUID()}`): string =>
  Object.entries(outputs)
    .map(([name, value]) => `${name}<<${delimiter}\n${value.replaceAll(delimiter, '')}\n${delimiter}\n`)
    .join('');

/** Resolves with what went wrong, if anything. */
export const setOutputs = (env: NodeJS.ProcessEnv, outputs: Outputs): Promise<string | undefined> =>
  append(env.GITHUB_OUTPUT, outputLines(outputs));

export const appendSummary = (env: NodeJS.ProcessEnv, markdown: string): Promise<string | undefined> =>
  append(env.GITHUB_STEP_SUMMARY, `${markdown}\n`);

async function append(file: string | undefined, text: string): Promise<string | undefined> {
  if (!file) return undefined;
  try {
    await appendFile(file, text);
    return undefined;
  } catch (error) {
    return `${file} cannot be written: ${(error as Error).message}`;
  }
}
