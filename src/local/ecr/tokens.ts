// Passwords for `docker login`: 12 hours, kept only as hashes.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
import { createHash, randomBytes } from 'node:crypto';
import type { EcrStateFile } from './state.ts';

export const tokenUser = 'AWS';
const tokenLifetimeMs = 12 * 3_600_000;
/** An expired one is remembered, so that its user is told to log in again and not that it never was. */
const rememberedMs = 7 * 24 * 3_600_000;
/** Callers that ask for a token before every push must not grow the state file without end. */
const keptTokens = 500;

export interface Tokens {
  issue(): Promise<{ readonly password: string; readonly expiresAt: Date }>;
  /** `expired`: it was good once; ECR tells that apart from a wrong one. */
  check(password: string): 'valid' | 'expired' | 'unknown';
  /** For our own ECS agent: valid as long as this process lives, never written down. */
  readonly agentPassword: string;
}

export function createTokens(file: EcrStateFile, now: () => number = Date.now): Tokens {
  const agentPassword = randomBytes(32).toString('base64url');
  const agentHash = hash(agentPassword);
  return {
    agentPassword,
    async issue() {
      const password = randomBytes(48).toString('base64url');
      // Whole seconds, as the protocol's clients compare them with what they stored.
      const expiresAtMs = Math.floor((now() + tokenLifetimeMs) / 1000) * 1000;
      const live = file.state.tokens.filter((token) => token.expiresAtMs + rememberedMs > now());
      file.state.tokens = [...live, { sha256: hash(password), expiresAtMs }].slice(-keptTokens);
      return file.saved({ password, expiresAt: new Date(expiresAtMs) });
    },
    check(password) {
      const sha256 = hash(password);
      if (sha256 === agentHash) return 'valid';
      const token = file.state.tokens.find((each) => each.sha256 === sha256);
      if (token === undefined) return 'unknown';
      return token.expiresAtMs > now() ? 'valid' : 'expired';
    },
  };
}

function hash(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
