/** action.yml as others see it: which inputs and outputs it has, and how they reach the program. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import {
  inputVariable,
  OFFICIAL_INPUTS,
  OUTPUT_NAMES,
  OWN_INPUTS,
} from '../../src/cli/github-actions/official-inputs.ts';
import { readAction } from './runner.ts';

const action = await readAction(fileURLToPath(new URL('../..', import.meta.url)));

describe('action.yml', () => {
  it('has our inputs and all of the official action, and none that has to be given', () => {
    const names = [...OWN_INPUTS, ...OFFICIAL_INPUTS.map(({ name }) => name)];
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(action.inputs)).toHaveLength(names.length);
    expect(Object.values(action.inputs).filter(({ required }) => required)).toEqual([]);
  });

  it('hands each input over in the environment', () => {
    const [env] = action.runs.steps.flatMap((step) => (step.id === 'release' ? [step.env] : []));
    const expected = Object.keys(action.inputs).map((name) => [
      inputVariable(name),
      `\${{ inputs.${name} }}`,
    ]);
    expect(env).toEqual(Object.fromEntries(expected));
  });

  it('puts no expression into a command: it would be run by a shell', () => {
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
  });

  it('has the outputs that the program sets', () => {
    expect(Object.keys(action.outputs)).toEqual([...OUTPUT_NAMES]);
    for (const [name, { value }] of Object.entries(action.outputs)) {
      expect(value).toBe(`\${{ steps.release.outputs.${name} }}`);
    }
  });

  it('replaces the shell by the program, so that the signal of a cancelled job reaches it', () => {
    expect(action.runs.steps.at(-1)?.run).toMatch(
      /^exec node "\$GITHUB_ACTION_PATH\/dist\/slipway-client\.mjs" action$/,
    );
  });
});
