// Who may enter: user AWS with a password of GetAuthorizationToken, also with one that another account has given.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DoorError } from './door-error.ts';
import { accountOf, type OtherAccounts } from './other-accounts.ts';
import { type Tokens, tokenUser } from './tokens.ts';

/**
 * The account of a visitor; null: it is our own. Throws DoorError: 401 with a Basic challenge, as clients ask without a password first, and 403 `DENIED` for a
 * password that was good once, in ECR's words (aws/aws-cli#6580).
 */
export async function requireLogin(
  request: IncomingMessage,
  response: ServerResponse,
  tokens: Tokens,
  others: OtherAccounts,
): Promise<string | null> {
  switch (check(request, tokens)) {
    case 'valid':
      return null;
    case 'expired':
      throw new DoorError(
        403,
        'DENIED',
        'Your authorization token has expired. Reauthenticate and try again.',
      );
    case 'unknown': {
      const account = await accountOf(request.headers.authorization ?? '', others);
      if (account !== undefined) return account;
      response.setHeader(
        'www-authenticate',
        `Basic realm="http://${request.headers.host}/",service="ecr.amazonaws.com"`,
      );
      throw new DoorError(401, 'UNAUTHORIZED', 'Your authorization token is missing or wrong');
    }
  }
}

function check(request: IncomingMessage, tokens: Tokens): ReturnType<Tokens['check']> {
  const match = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '');
  const [user, ...rest] = Buffer.from(match?.[1] ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return user === tokenUser ? tokens.check(rest.join(':')) : 'unknown';
}
