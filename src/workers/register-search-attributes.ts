/**
 * Control's first act: registers our search attributes where it may. Where it may not – Temporal Cloud, a namespace that
 * is full, a worker without the right – one line says so, and all else works.
 */
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { missingAttributes } from '../activities/search-attributes.ts';

/** Of temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;

const ANSWER_WITHIN_MS = 5_000;

/** Resolves with what there is to say; undefined: all are there. */
export const registerSearchAttributes = async (
  connection: NativeConnection,
  namespace: string,
): Promise<string | undefined> => {
  const client = new Client({ connection, namespace });
  try {
    const missing = await missingAttributes(client);
    if (missing.length === 0) return undefined;
    await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      }),
    );
    return undefined;
  } catch (error) {
    // Another control worker may have been first.
    if ((await missingAttributes(client).catch(() => ['all'])).length === 0) return undefined;
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return `releases are not listed by search attributes until somebody registers them (docs/temporal.md): ${why}`;
  }
};
