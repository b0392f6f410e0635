// The order in which jest runs test files (`testSequencer`): those that take longest first, so that what runs beside them
// is not over long before. Jest itself knows that only from the run before, and a clean clone has none.
import TestSequencer from '@jest/test-sequencer';

/** More than a minute each, slowest first; script/run-suites.js names them after each suite. */
const SLOW = [
  'test/e2e/chaos/chaos.test.ts',
  'test/e2e/environments.test.ts',
  'test/e2e/steering.test.ts',
  'test/e2e/local-stack.test.ts',
  'test/workflow/environment/environment.test.ts',
  'test/workflow/environment/next-run.test.ts',
  'test/workflow/environment/endure.test.ts',
  'test/workflow/rollback.test.ts',
  'test/workflow/operators.test.ts',
];

/** Lower is earlier. */
const placeOf = ({ path }) => {
  const place = SLOW.findIndex((file) => path.endsWith(`/${file}`));
  return place === -1 ? SLOW.length : place;
};

export default class SlowFirst extends TestSequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
