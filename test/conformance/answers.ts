/**
 * Has recorded answers judged by botocore (check-answers.py): a checker that shares nothing with the SDK's schemas,
 * by which the endpoint itself was made.
 */
import { fileURLToPath } from 'node:url';
import type { Exchange } from '../../src/local/wire/call.ts';
import { clientPath, runClient } from './clients.ts';

const checker = fileURLToPath(new URL('check-answers.py', import.meta.url));

export type Answered = Pick<Exchange, 'service' | 'operation' | 'status' | 'responseBody'>;

/**
 * What does not fit botocore's model, e.g. `ecs:ListTasks: answer.taskArns is no list`; each different finding once.
 * The last test of a file gives it all exchanges of that file: `expect(await findings(aws.exchanges)).toEqual([])`.
 * An answer that went wrong on purpose is left out by the caller.
 */
export async function findings(exchanges: readonly Answered[]): Promise<readonly string[]> {
  const input = exchanges
    .map(({ service, operation, status, responseBody }) =>
      JSON.stringify({ service, operation, status, responseBody }),
    )
    .join('\n');
  const { exitCode, stdout, stderr } = await runClient(await clientPath('python'), [checker], {}, { input });
  if (exitCode !== 0) throw new Error(`check-answers.py failed: ${stderr}`);
  const lines = stdout.split('\n').filter(Boolean);
  const texts = lines.map((line) => {
    const { call, finding } = JSON.parse(line) as { call: string; finding: string };
    return `${call}: ${finding}`;
  });
  return [...new Set(texts)].sort();
}
