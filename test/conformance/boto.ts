/**
 * boto3 as a client that we did not write, for tests in TypeScript: one Python process that calls, waits and pages as
 * a test asks (boto-driver.py).
 */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { clientPath } from './clients.ts';

const driver = fileURLToPath(new URL('boto-driver.py', import.meta.url));

/** What boto3 raised. `kind` is its class (`ClientError`, `WaiterError` …), `code` AWS's, `status` HTTP's. */
export class BotoError extends Error {
  override readonly name = 'BotoError';
  readonly kind: string;
  readonly code: string;
  readonly status: number | undefined;

  constructor(told: { kind: string; code: string; message: string; status?: number }) {
    super(told.message);
    this.kind = told.kind;
    this.code = told.code;
    this.status = told.status;
  }
}

/** One answer of `threads`. */
export interface ThreadAnswer {
  readonly ok?: unknown;
  readonly error?: { readonly kind: string; readonly code: string; readonly message: string };
  readonly tookMs: number;
}

export interface Boto {
  /**
   * `call('ecs', 'DescribeServices', { … })`: boto3's answer, timestamps as ISO strings. `config` is botocore's
   * `Config`; none means its defaults. @throws BotoError
   */
  call<O = Record<string, unknown>>(
    service: string,
    operation: string,
    input?: object,
    config?: object,
  ): Promise<O>;
  /** botocore's waiter with its own model, but `delay` (seconds) and `attempts` of the test. @throws BotoError */
  wait(
    service: string,
    waiter: string,
    input: object,
    pace: { delay: number; attempts: number },
  ): Promise<void>;
  /** All pages, through botocore's paginator. */
  pages<O = Record<string, unknown>>(
    service: string,
    operation: string,
    input: object,
    pageSize: number,
  ): Promise<O[]>;
  /** `calls` are `[service, operation, input]`, shared out among `count` threads. */
  threads(
    calls: readonly (readonly [string, string, object])[],
    count: number,
    config?: object,
  ): Promise<readonly ThreadAnswer[]>;
  /** Which operations of botocore's model the endpoint answers at all. Sends an empty request to each. */
  operations(service: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function startBoto(env: Readonly<Record<string, string>>): Promise<Boto> {
  const child = execa(await clientPath('python'), ['-u', driver], {
    env: { PATH: process.env.PATH, ...env },
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    buffer: false,
  });
  const waiting = new Map<number, { resolve: (ok: unknown) => void; reject: (error: Error) => void }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, ok, error } = JSON.parse(line);
    const caller = waiting.get(id);
    waiting.delete(id);
    if (error) caller?.reject(new BotoError(error));
    else caller?.resolve(ok);
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('boto-driver.py ended'));
    waiting.clear();
  });
  let last = 0;
  const ask = (request: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ ...request, id: last })}\n`);
    });
  return {
    call: async <O>(service: string, operation: string, input: object = {}, config?: object) =>
      (await ask({ do: 'call', service, operation, input, ...(config && { config }) })) as O,
    wait: async (service, waiter, input, pace) => {
      await ask({ do: 'wait', service, waiter, input, ...pace });
    },
    pages: async <O>(service: string, operation: string, input: object, pageSize: number) =>
      (await ask({ do: 'pages', service, operation, input, page_size: pageSize })) as O[],
    threads: async (calls, count, config) =>
      (await ask({ do: 'threads', calls, count, ...(config && { config }) })) as ThreadAnswer[],
    operations: async (service) => (await ask({ do: 'operations', service })) as string[],
    close: async () => {
      child.stdin.end();
      await child;
    },
  };
}
