/**
 * The last thing before the report of a release that has not put everything back: what runs now in each service that
 * it leaves. A report that lacks it is still a report, so trouble is only logged.
 */
import { log } from '@temporalio/workflow';
import type { ServingResult } from '../../activities/contracts/deploy.ts';
import type { Plan } from '../../release/plan.ts';
import type { ServiceReport } from '../../release/verdict.ts';
import { lastWordsOf } from '../pools/deploy.ts';
import { causeOf } from '../release-failure.ts';

/** Asks nothing where every service is untouched, updated or restored. */
export const askWhatServes = async (
  plan: Plan,
  reports: readonly ServiceReport[],
): Promise<ServingResult> => {
  const services = reports.filter(isLeft).map(({ service }) => service);
  if (services.length === 0) return { services: [] };
  try {
    return await lastWordsOf(plan).describeServing({ cluster: plan.cluster, services });
  } catch (error) {
    log.warn('the report does not say what serves', { services, why: causeOf(error, 'report').summary });
    return { services: [] };
  }
};

const isLeft = ({ state }: ServiceReport): boolean => state === 'not-restored' || state === 'left-alone';
