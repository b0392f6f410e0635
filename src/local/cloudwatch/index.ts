// The local CloudWatch: alarms that someone sets, so that deployments with alarms can be tried. No metrics.
import * as schemas from '@aws-sdk/client-cloudwatch';
import { openStateFile } from '../state-file.ts';
import type { AwsService } from '../wire/operations.ts';
import { alarmOperations } from './alarm-operations.ts';
import { alarmRecordOperations } from './alarm-records.ts';
import { AlarmStore } from './alarm-store.ts';
import type { Alarms } from './alarms.ts';
import { emptyCloudwatchState, parseCloudwatchState } from './state.ts';

export interface Cloudwatch {
  /** One for each way in: newer clients speak CBOR or awsJson1.0, older ones the query protocol. */
  readonly services: readonly AwsService[];
  readonly alarms: Alarms;
}

/** Throws StateFileError. */
export async function createCloudwatch(options: { stateFile: string }): Promise<Cloudwatch> {
  const file = await openStateFile(options.stateFile, {
    initial: emptyCloudwatchState,
    parse: parseCloudwatchState,
  });
  const store = new AlarmStore(file);
  const common = {
    name: 'monitoring',
    caughtUp: () => file.caughtUp(),
    schemas: schemas as unknown as Readonly<Record<string, unknown>>,
    operations: { ...alarmOperations(store), ...alarmRecordOperations(store) },
  };
  return {
    services: [
      {
        ...common,
        protocol: 'json',
        targetPrefix: 'GraniteServiceVersion20100801',
        jsonVersion: '1.0',
        cbor: true,
        queryCompatible: true,
        validationCode: 'ValidationException',
      },
      {
        ...common,
        protocol: 'query',
        version: '2010-08-01',
        xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
      },
    ],
    alarms: store,
  };
}
