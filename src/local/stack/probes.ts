/**
 * Is a program that is not ours ready? Each probe answers with what to show, or undefined: not yet.
 */
import { Connection } from '@temporalio/client';

/** The port opens before the namespace is there; a worker that comes in between would end. */
export async function probeTemporal(address: string): Promise<string | undefined> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return address;
  } catch {
    return undefined;
  } finally {
    await connection?.close();
  }
}

export async function probeRegistry(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/v2/`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? url : undefined;
  } catch {
    return undefined;
  }
}
