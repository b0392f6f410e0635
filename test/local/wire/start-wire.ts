// Starts the wire with the given services on a free port, strict as all tests want it.
import { afterEach } from '@jest/globals';
import type { AwsService } from '../../../src/local/wire/operations.ts';
import { listenForCalls, type WireOptions } from '../../../src/local/wire/server.ts';

export const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

export interface StartedWire {
  readonly url: string;
  readonly port: number;
  /** What every SDK client of the test needs; one attempt, so that a failure shows at once. */
  readonly client: { endpoint: string; region: string; credentials: typeof credentials; maxAttempts: number };
  readonly logged: readonly string[];
}

export async function startWire(
  services: readonly AwsService[],
  more: Partial<WireOptions> = {},
): Promise<StartedWire> {
  const logged: string[] = [];
  const { port, close } = await listenForCalls({
    port: 0,
    services,
    credentials,
    accountId: '000000000000',
    region: 'us-east-1',
    strict: true,
    log: (line) => logged.push(line),
    registry: async (_request, response) => {
      response.end('registry');
    },
    ...more,
  });
  open.push(() => close(0));
  const url = `http://127.0.0.1:${port}`;
  return { url, port, client: { endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 }, logged };
}
