/** Ports that are free, taken, and asked for twice. */
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assertPortsFree, freePorts } from '../../../src/local/stack/ports.ts';

let server: Server;
let taken: number;
beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  taken = (server.address() as { port: number }).port;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const temporal = (port: number) => ({ port, purpose: 'Temporal', flag: '--temporal-port' });
const ui = (port: number) => ({ port, purpose: "Temporal's UI", flag: '--ui-port' });

describe('ports', () => {
  it('that are free are fine', async () => {
    const [a = 0, b = 0] = await freePorts(2);
    await expect(assertPortsFree([temporal(a), ui(b)])).resolves.toBeUndefined();
  });

  it('a taken one is named with what it is for and the option that chooses another', async () => {
    const [free = 0] = await freePorts(1);
    await expect(assertPortsFree([temporal(free), ui(taken)])).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: `port ${taken} (Temporal's UI) is taken by another program`,
      advice: expect.stringContaining('--ui-port <port>'),
    });
  });

  it('one cannot serve twice', async () => {
    const [free = 0] = await freePorts(1);
    await expect(assertPortsFree([temporal(free), ui(free)])).rejects.toThrow(
      `port ${free} is asked for twice`,
    );
  });

  it('free ones are all different', async () => {
    const ports = await freePorts(8);
    expect(new Set(ports).size).toBe(8);
    // Of those above, the system gives one to each connection.
    expect(Math.max(...ports)).toBeLessThan(32_768);
    expect(Math.min(...ports)).toBeGreaterThan(1_023);
    expect(ports).not.toContain(taken);
  });
});
