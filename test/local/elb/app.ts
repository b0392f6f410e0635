// A small app to stand behind the load balancer, whose manners a test can choose.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Target } from '../../../src/local/elb/target-groups.ts';

export interface App extends Target {
  /** Paths of the requests that reached it, health checks aside. */
  readonly seen: string[];
  /** What it answers to health checks. */
  healthCode: number;
  /** Goes away at once, as a killed container does. */
  kill(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const open = new Set<App>();

/** Answers `<id> <method> <path>` unless told otherwise. Health is at `/health`. */
export async function startApp(id: string, answer?: Answer): Promise<App> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/health') {
      response.writeHead(app.healthCode).end();
      return;
    }
    seen.push(request.url ?? '');
    if (answer !== undefined) answer(request, response);
    else response.end(`${id} ${request.method} ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const app: App = {
    id,
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    seen,
    healthCode: 200,
    kill: () =>
      new Promise((resolve) => {
        open.delete(app);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  open.add(app);
  return app;
}

export async function killAllApps(): Promise<void> {
  await Promise.all([...open].map((app) => app.kill()));
}
