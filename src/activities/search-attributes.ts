/** Whether Temporal knows our search attributes at this moment. A wrong yes would stop a workflow; a wrong no costs a label. */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_NAMES } from '../release/search-attributes.ts';

/** Of temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;

const ANSWER_WITHIN_MS = 3_000;

/** Inside an activity: in the namespace of the worker. */
export const indexedInTemporal = (): Promise<boolean> => areIndexed(Context.current().client);

export const areIndexed = async (client: Client): Promise<boolean> => {
  try {
    return (await missingAttributes(client)).length === 0;
  } catch {
    // Temporal Cloud lets nobody ask for the list.
    return isQueryUnderstood(client).catch(() => false);
  }
};

/** Those that are not registered, or as something else. Errors: those of Temporal's client. */
export const missingAttributes = async (client: Client): Promise<readonly string[]> => {
  const { namespace } = client.options;
  const { customAttributes } = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
    client.connection.operatorService.listSearchAttributes({ namespace }),
  );
  return SEARCH_ATTRIBUTE_NAMES.filter((name) => customAttributes[name] !== KEYWORD);
};

/** Temporal refuses a query that names what it does not know, or that asks a text for its beginning. */
const isQueryUnderstood = async (client: Client): Promise<boolean> => {
  const query = SEARCH_ATTRIBUTE_NAMES.map((name) => `${name} STARTS_WITH 'x'`).join(' AND ');
  await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () => client.workflow.count(query));
  return true;
};
