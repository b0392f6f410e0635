/**
 * Why git could not reach a repository: worth another try, or not.
 */
import { ConfigurationError, RefusedByServiceError, type SlipwayError, TransientError } from '../errors.ts';
import { lastLines } from '../process/tail.ts';

const REFUSED =
  /authentication failed|permission denied|could not read (username|password)|access denied|returned error: 40[13]|host key verification failed|dubious ownership/i;
const MISSING =
  /repository .*not found|does not appear to be a git repository|does not exist|returned error: 404|not a git repository/i;

export function gitFetchError(output: string, url: string): SlipwayError {
  const evidence = lastLines(output, 20);
  const summary =
    evidence.find((line) => /^(fatal|error|remote|ssh):/i.test(line)) ?? evidence.at(-1) ?? 'no message';
  const message = `git cannot fetch ${url}: ${summary}`;
  if (REFUSED.test(output)) {
    return new RefusedByServiceError(message, {
      evidence,
      advice:
        'give the control worker read access: a git credential helper, or a deploy key in its SSH agent',
    });
  }
  if (MISSING.test(output)) {
    return new ConfigurationError(message, {
      evidence,
      advice: 'correct the repository that the control worker is configured with',
    });
  }
  return new TransientError(message, { evidence });
}
