/**
 * Whether the newest commit of each open pull request was ever checked. Remembered in the store, one commit a pull request:
 * `pull-requests/<app>` – Temporal forgets runs after its retention, and pull requests may be open for longer.
 */
import { Context } from '@temporalio/activity';
import { ConfigurationError, RefusedByServiceError } from '../errors.ts';
import type { GitHubClient } from '../github/client.ts';
import { openPulls } from '../github/open-pulls.ts';
import { checksWorkflowId, isWorkflowId } from '../release/names.ts';
import type { PullHead, PullsLook, ReconcilePullsRequest } from '../release/reconcile.ts';
import { exactSegment } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { ReconcilePullsActivities } from './contracts/reconcile.ts';
import type { ReconcilePorts } from './look-for-missed.ts';
import { repositoryFor } from './source.ts';

export interface ReconcilePullsPorts
  extends Pick<ReconcilePorts, 'store' | 'repositories' | 'isKnownInTemporal'> {
  /** Null: this control worker has no credential for it. */
  readonly github: GitHubClient | null;
  /** App → `owner/name`: no other repository is asked about, whoever starts the workflow. */
  readonly gitHubRepositories?: Readonly<Record<string, string>>;
}

/** What one look starts; the next one goes on. */
const MOST_MISSED = 20;

/** Number of the pull request → commit. */
type Heads = Readonly<Record<string, string>>;

const headsKey = (app: string): string => `pull-requests/${exactSegment(app)}`;

export const createReconcilePulls = (ports: ReconcilePullsPorts): ReconcilePullsActivities => ({
  async lookForMissedPulls(request) {
    const [app] = repositoryFor(ports.repositories, checked(request).app);
    const { github, gitHubRepositories = {}, store } = ports;
    const repository = Object.hasOwn(gitHubRepositories, app) ? gitHubRepositories[app] : undefined;
    if (github === null) return cannotAsk('this control worker has no credential for GitHub');
    if (repository === undefined) return cannotAsk(`the repository of ${app} is not one of GitHub's`);
    const open = await openPulls(github, repository, Context.current().cancellationSignal).catch(refused);
    if (typeof open === 'string') return cannotAsk(open);
    const seen = await keptHeads(store, app);
    if (seen === undefined) {
      await keep(store, app, open);
      return { kind: 'first-look', open: open.length };
    }
    const fresh = open.filter(({ pullRequest, sha }) => seen[pullRequest] !== sha);
    const missed: PullHead[] = [];
    for (const head of fresh) {
      if (missed.length === MOST_MISSED) break;
      if (!(await ports.isKnownInTemporal(checksWorkflowId(app, head.sha)))) missed.push(head);
    }
    if (missed.length > 0) return { kind: 'missed', missed };
    const isOther = fresh.length > 0 || Object.keys(seen).length !== open.length;
    if (isOther) await keep(store, app, open);
    return { kind: 'nothing-missed', open: open.length };
  },

  async keepPulls({ app, heads }) {
    const seen = (await keptHeads(ports.store, app)) ?? {};
    const started = Object.fromEntries(heads.map(({ pullRequest, sha }) => [pullRequest, sha]));
    await ports.store.putDocument(headsKey(app), { heads: { ...seen, ...started } });
  },
});

/** What GitHub does not let us see is nothing that another try would show. */
const refused = (error: unknown): string => {
  if (!(error instanceof RefusedByServiceError)) throw error;
  const { message, advice } = error;
  const isForbidden = / 403(?: |$)/.test(message);
  return `${message}: ${isForbidden ? 'the credential needs to read pull requests' : advice}`;
};

const cannotAsk = (why: string): PullsLook => ({ kind: 'cannot-ask', why });

async function keptHeads(store: Store, app: string): Promise<Heads | undefined> {
  const kept = (await store.getDocument(headsKey(app))) as { readonly heads?: unknown } | undefined;
  return typeof kept?.heads === 'object' && kept.heads !== null ? (kept.heads as Heads) : undefined;
}

const keep = (store: Store, app: string, open: readonly PullHead[]): Promise<void> =>
  store.putDocument(headsKey(app), {
    heads: Object.fromEntries(open.map(({ pullRequest, sha }) => [pullRequest, sha])),
  });

/** Anybody may start the workflow, with any JSON. */
function checked(request: ReconcilePullsRequest): ReconcilePullsRequest {
  const { app } = (request ?? {}) as Partial<ReconcilePullsRequest>;
  if (typeof app === 'string' && app !== '' && isWorkflowId(checksWorkflowId(app, '0'.repeat(40))))
    return request;
  throw new ConfigurationError('the input of reconcilePulls: expected {"app":"…"}');
}
