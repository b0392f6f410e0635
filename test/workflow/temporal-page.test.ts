/**
 * Runs every command of docs/temporal.md, as it stands there, against a real server: with its exit code, and a word of what
 * it prints. A comment above a block says what is expected – `<!-- expect "word" -->`, or `<!-- expect 1 "word" -->` – and
 * `<!-- as it is -->` that the release is wanted as the block before has left it; otherwise it runs, and waits.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { environmentWorkflowId } from '../../src/release/names.ts';
import type { ReleaseStatus } from '../../src/release/verdict.ts';
import { findTool } from '../../src/tools.ts';
import { registerSearchAttributes } from '../../src/workers/register-search-attributes.ts';
import { FakePools } from '../fakes/activities.ts';
import { reportOf, statusWhen, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

const page = await readFile('docs/temporal.md', 'utf8');

interface Block {
  readonly line: number;
  readonly commands: string;
  readonly exitCode: number;
  readonly word: string;
  /** False: as the block before has left it. */
  readonly needsRelease: boolean;
}

/** Every fenced block of the page: one without an expectation is an error, so that none is left out. */
const blocksOf = (text: string): readonly Block[] => {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (!/^```\w/.test(line)) return [];
    const end = lines.indexOf('```', index);
    const above = [lines[index - 1], lines[index - 2]].filter((each) => each?.startsWith('<!--')).join('\n');
    const [, code = '0', word] = /<!-- expect (?:(\d+) )?"([^"]+)" -->/.exec(above) ?? [];
    if (line !== '```sh' || word === undefined)
      throw new Error(`docs/temporal.md:${index + 1}: a block that says nothing of what it prints`);
    return [
      {
        line: index + 1,
        commands: lines.slice(index + 1, end).join('\n'),
        exitCode: Number(code),
        word,
        needsRelease: !above.includes('<!-- as it is -->'),
      },
    ];
  });
};

/** The right column of the table. */
const tableOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => /^\| `tctl .*` \| `(temporal .*)` \|$/.exec(line)?.[1] ?? []);

/** What a command of the table prints, by what it is. */
const PRINTED: Readonly<Record<string, string>> = {
  'workflow start': 'WorkflowId',
  'workflow list': 'deploy',
  'workflow describe': 'Pending Activities',
  'workflow show': 'WorkflowExecutionStarted',
  'workflow query': 'approval',
  'workflow signal': 'Signal',
  'workflow stack': 'condition',
  'workflow cancel': 'Canceled workflow',
  'workflow terminate': 'terminated',
  'task-queue describe': 'Pollers',
  'operator search-attribute': 'SlipwayVerdict',
  'operator namespace': 'default',
};

const [RELEASE = ''] = /deploy\/shop\/production\/[0-9a-f]{40}/.exec(page) ?? [];
const COMMIT = RELEASE.slice(-40);

/** Each release waits for an approval, so that people have time to type. */
const pools = (): FakePools =>
  new FakePools()
    .on('readSource', async (_request, _call, good) => {
      const reading = await good();
      return {
        ...reading,
        indexed: true as const,
        spec: { ...reading.spec, commit: { ...reading.spec.commit, sha: COMMIT } },
      };
    })
    .on('closeRelease', async () => ({ indexed: true as const }))
    .on('recallEnvironment', async () => ({
      ...{
        lastNumber: 0,
        lastFence: 0,
        turn: null,
        freeze: null,
        serving: null,
        needsRepair: null,
        ledger: [],
      },
    }))
    .plan({ approval: { deadlineMs: 600_000 } });

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const run = async (commands: string) => {
  const folder = dirname(await findTool('temporal'));
  return execa('bash', ['-euo', 'pipefail', '-c', commands], {
    env: { TEMPORAL_ADDRESS: env.address, PATH: `${folder}:${process.env.PATH}` },
    reject: false,
    all: true,
    timeout: 30_000,
  });
};

const waits = ({ hold, phase }: ReleaseStatus): boolean => hold !== null || phase === 'ended';

const ensureRelease = async (): Promise<void> => {
  const handle = env.client.workflow.getHandle(RELEASE);
  const status = await handle.describe().then(
    ({ status: { name } }) => name,
    () => 'NONE',
  );
  if (status !== 'RUNNING') {
    await env.client.workflow.start('deploy', {
      taskQueue: 'slipway-control',
      workflowId: RELEASE,
      args: [{ environment: 'production', sha: COMMIT }],
    });
  }
  await statusWhen(handle, waits);
};

/** Lists lag a little, and a signal is heard a little later: what is looked at is looked at again. */
const runUntil = async (commands: string, word: string, exitCode: number) => {
  for (let tries = 1; ; tries += 1) {
    const done = await run(commands);
    const isLook = /^temporal workflow (?:list|count|metadata|query)/.test(commands);
    if (!isLook || tries > 40 || (done.exitCode === exitCode && done.all?.includes(word))) return done;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** What differs from what the page says; nothing where all is as it says. */
const wrongIn = async (
  what: string,
  commands: string,
  word: string,
  exitCode: number,
): Promise<readonly string[]> => {
  const done = await runUntil(commands, word, exitCode);
  // It is heard a moment later.
  if (commands.includes('workflow cancel')) await reportOf(env.client.workflow.getHandle(RELEASE));
  if (done.exitCode === exitCode && done.all?.includes(word)) return [];
  return [
    `${what}\nexpected ${exitCode} and ${JSON.stringify(word)}, got ${done.exitCode}:\n${done.all?.slice(0, 1_000)}`,
  ];
};

describe('docs/temporal.md', () => {
  it('has commands, each with what it prints, and nothing but commands of temporal', () => {
    const blocks = blocksOf(page);
    expect(blocks.length).toBeGreaterThan(20);
    expect(tableOf(page).length).toBe(page.match(/^\| `tctl /gm)?.length);
    const typed = [...blocks.map(({ commands }) => commands), ...tableOf(page)]
      .join('\n')
      .replaceAll(/ *\\\n */g, ' ')
      .split('\n');
    expect(typed.filter((command) => !command.startsWith('temporal '))).toEqual([]);
  });

  it('does what it says, command by command', async () => {
    expect(await registerSearchAttributes(env.nativeConnection, 'default')).toBeUndefined();
    const wrong: string[] = [];
    await withPools(env, pools(), async () => {
      await env.client.workflow.start('environment', {
        taskQueue: 'slipway-control',
        workflowId: environmentWorkflowId('shop', 'production'),
        args: [{ app: 'shop', environment: 'production' }],
      });
      for (const { line, commands, exitCode, word, needsRelease } of blocksOf(page)) {
        const startsIt = commands.includes('workflow start');
        if (needsRelease && !startsIt && commands.includes(RELEASE)) await ensureRelease();
        wrong.push(...(await wrongIn(`line ${line}: ${commands}`, commands, word, exitCode)));
      }
      for (const command of tableOf(page)) {
        const [, what = ''] = /^temporal (\S+ \S+)/.exec(command) ?? [];
        if (command.includes(RELEASE)) await ensureRelease();
        const word = PRINTED[what] ?? 'a word that the test does not know';
        wrong.push(...(await wrongIn(command, command, word, 0)));
      }
    });
    expect(wrong).toEqual([]);
  }, 180_000);
});
