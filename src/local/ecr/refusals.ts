// "It is so already" may speak of what could not be written a moment ago: it is said once that is on disk.
import { AwsError } from '../wire/aws-error.ts';
import type { Operations } from '../wire/operations.ts';
import type { EcrStateFile } from './state.ts';

/** Before an error that says that something exists, what exists is saved. Throws StateSaveError. */
export function withSavedRefusals(operations: Operations, file: Pick<EcrStateFile, 'caughtUp'>): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, run]): [string, Operations[string]] => [
      name,
      async (input, context) => {
        try {
          return await run?.(input, context);
        } catch (error) {
          if (saysThatItExists(error)) await file.caughtUp();
          throw error;
        }
      },
    ]),
  );
}

export function saysThatItExists(error: unknown): boolean {
  return error instanceof AwsError && error.code.endsWith('AlreadyExistsException');
}
