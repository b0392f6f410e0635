/**
 * One request, judged: any answer but a whole 2xx is a failure.
 */
import { Agent, get } from 'node:http';

const SHOWN_OF_BODY = 100;

export type Connection = 'keep-alive' | 'new connection';

const keptAlive = new Agent({ keepAlive: true, maxSockets: 8 });

/** Resolves with why it failed, or undefined when it did not. */
export function probe(url: string, connection: Connection, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const agent = connection === 'keep-alive' ? keptAlive : new Agent({ keepAlive: false });
    const request = get(url, { agent, timeout: timeoutMs }, (response) => {
      response.on('error', (error) => resolve(`broken off: ${error.message}`));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (!response.complete) resolve('broken off');
        else resolve(status >= 200 && status < 300 ? undefined : `status ${status}: ${body}`);
      });
      // Its beginning tells who refused: the load balancer, or a service behind it.
      let body = '';
      response.on('data', (chunk: Buffer) => {
        if (body.length < SHOWN_OF_BODY) body += chunk.toString().slice(0, SHOWN_OF_BODY);
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    request.on('error', (error) =>
      resolve(error.message || (error as NodeJS.ErrnoException).code || 'failed'),
    );
  });
}

export const closeConnections = (): void => keptAlive.destroy();
