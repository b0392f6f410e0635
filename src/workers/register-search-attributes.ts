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
  const why = await add(client).catch((error: unknown) =>
    error instanceof Error ? error.message.split('\n', 1)[0] : String(error),
  );
  // Whatever was answered: another control worker may have been first, or they may be there as something else.
  const missing = await missingAttributes(client).catch(() => undefined);
  if (missing?.length === 0) return undefined;
  const which = missing === undefined ? 'the search attributes' : missing.join(', ');
  return `releases are not listed by search attributes until somebody registers ${which} as Keyword (docs/temporal.md)${why === undefined ? '' : `: ${why}`}`;
};

const add = async (client: Client): Promise<undefined> => {
  const { namespace } = client.options;
  const missing = await missingAttributes(client);
  if (missing.length === 0) return;
  await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
    client.connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    }),
  );
};
