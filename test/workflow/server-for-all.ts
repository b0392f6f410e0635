/** One Temporal dev server, and a client of it, for all tests of a file. */
import { afterAll, beforeAll } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { connect, type ReleaseClient } from '../../src/client/index.ts';
import { startServer } from './harness.ts';

export interface ServerForAll {
  readonly env: TestWorkflowEnvironment;
  readonly client: ReleaseClient;
}

/**
 * To be called at the top of a test file.
 *
 * @param take gets what was started, before the first test
 * @param isDefault whether commands that run in this process find it where nobody names a server
 */
export const serverForAll = (
  take: (server: ServerForAll) => void,
  { isDefault = false }: { readonly isDefault?: boolean } = {},
): void => {
  let server: ServerForAll | undefined;
  let env: TestWorkflowEnvironment | undefined;
  const addressBefore = process.env.TEMPORAL_ADDRESS;

  beforeAll(async () => {
    env = await startServer();
    if (isDefault) process.env.TEMPORAL_ADDRESS = env.address;
    server = { env, client: await connect({ address: env.address }) };
    take(server);
  });

  afterAll(async () => {
    if (addressBefore === undefined) delete process.env.TEMPORAL_ADDRESS;
    else process.env.TEMPORAL_ADDRESS = addressBefore;
    await server?.client.close();
    await env?.teardown();
  });
};
