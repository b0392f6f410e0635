// Passwords for `docker login`: 12 hours, kept only as hashes.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
import { createHash, randomBytes } from 'node:crypto';
import type { EcrStateFile } from './state.ts';

export const tokenUser = 'AWS';
const tokenLifetimeMs = 12 * 3_600_000;
/** Callers that ask for a token before every push must not grow the state file without end. */
const keptTokens = 500;

export interface Tokens {
  issue(): Promise<{ readonly password: string; readonly expiresAt: Date }>;
  isValid(password: string): boolean;
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
      const live = file.state.tokens.filter((token) => token.expiresAtMs > now());
      file.state.tokens = [...live, { sha256: hash(password), expiresAtMs }].slice(-keptTokens);
      await file.save();
      return { password, expiresAt: new Date(expiresAtMs) };
    },
    isValid(password) {
      const sha256 = hash(password);
      return (
        sha256 === agentHash ||
        file.state.tokens.some((token) => token.sha256 === sha256 && token.expiresAtMs > now())
      );
    },
  };
}

function hash(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
