/** A release's page in Temporal's UI. */
import { describe, expect, it } from '@jest/globals';
import { temporalLink } from '../../../src/cli/watching/temporal-link.ts';

const RELEASE = { workflowId: 'deploy/shop/production/c0ffee', runId: 'run' };
const page = 'workflows/deploy%2Fshop%2Fproduction%2Fc0ffee/run/history';

describe('the link to a release', () => {
  it.each([
    [
      'the address that is set',
      { SLIPWAY_TEMPORAL_UI: 'http://ui:8233/' },
      'localhost:7233',
      `http://ui:8233/namespaces/n.a/${page}`,
    ],
    [
      'the address without the password that it holds',
      { SLIPWAY_TEMPORAL_UI: 'https://ada:pass@word@ui/base' },
      'localhost:7233',
      `https://ui/base/namespaces/n.a/${page}`,
    ],
    ['Temporal Cloud', {}, 'n.a.tmprl.cloud:7233', `https://cloud.temporal.io/namespaces/n.a/${page}`],
    [
      'Temporal Cloud with an API key',
      {},
      'eu-central-1.aws.api.temporal.io:7233',
      `https://cloud.temporal.io/namespaces/n.a/${page}`,
    ],
    ['no address, where none is known', {}, 'temporal:7233', undefined],
    ['no address, where the name only ends alike', {}, 'eviltmprl.cloud:7233', undefined],
    [
      'no address, where it only looks like Cloud',
      { SLIPWAY_TEMPORAL_UI: '' },
      'tmprl.cloud.example:7233',
      undefined,
    ],
  ])('goes to %s', (_what, env, address, link) => {
    expect(temporalLink(env, { address, namespace: 'n.a' }, RELEASE)).toBe(link);
  });
});
