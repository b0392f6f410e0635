/**
 * Whether the end of a branch was ever released to an environment. Remembered in the store, one commit a branch:
 * `environments/<app>/<environment>/reconcile/<ref>` – Temporal forgets runs after its retention, and a release that
 * failed before it joined its environment is in no ledger.
 */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ConfigurationError } from '../errors.ts';
import { deployWorkflowId, isWorkflowId } from '../release/names.ts';
import { asksNotToBeDeployed, type Look, type ReconcileRequest } from '../release/reconcile.ts';
import { openRepository, type Repository } from '../source/repository.ts';
import { exactSegment } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Place } from './contracts/environment.ts';
import type { KeepTipInput, ReconcileActivities } from './contracts/reconcile.ts';
import { findEntry } from './environment-memory.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { EnvironmentKnowledge } from './recall-release.ts';
import { repositoryFor, type SourcePorts } from './source.ts';
import { environmentFolder } from './turns.ts';

export interface ReconcilePorts extends SourcePorts {
  /** Runs or ran under that id, as far as Temporal remembers. */
  readonly isKnownInTemporal: (workflowId: string) => Promise<boolean>;
  /** Undefined: the environment does not run. */
  readonly askEnvironment: (place: Place) => Promise<
    | (Pick<EnvironmentKnowledge, 'ledger'> & {
        readonly turn?: Standing | null;
        readonly joined?: readonly Standing[];
      })
    | undefined
  >;
}

interface Standing {
  readonly number: number;
  readonly commit: { readonly sha: string };
}

const tipKey = ({ ref, ...place }: ReconcileRequest): string =>
  `${environmentFolder(place)}/reconcile/${exactSegment(ref)}`;

export const createReconcileActivities = (ports: ReconcilePorts): ReconcileActivities => ({
  async lookForMissed(request) {
    const [app, url] = repositoryFor(ports.repositories, checked(request).app);
    const signal = Context.current().cancellationSignal;
    const repository = await openRepository({ url, folder: ports.folder, signal });
    const sha = await repository.endOf(request.ref);
    if (sha === undefined) return { kind: 'no-branch' };
    const seen = await keptTip(ports.store, request);
    if (seen === sha) return { kind: 'unchanged', sha };
    const tip = { repository, sha, isFirst: seen === undefined };
    const look = await withHeartbeat('looking', () => lookInto(ports, { ...request, app }, tip));
    if (look.kind !== 'missed') await keep(ports.store, { ...request, sha });
    return look;
  },

  keepTip: (input) => keep(ports.store, input),
});

interface Tip {
  readonly repository: Repository;
  readonly sha: string;
  readonly isFirst: boolean;
}

async function lookInto(
  ports: ReconcilePorts,
  place: Place,
  { repository, sha, isFirst }: Tip,
): Promise<Exclude<Look, { kind: 'no-branch' }>> {
  const by = await triedBy(ports, place, sha);
  if (by !== undefined) return { kind: 'tried', sha, by };
  if (isFirst) return { kind: 'first-look', sha };
  await repository.resolve(sha);
  const kind = asksNotToBeDeployed(await repository.message(sha)) ? 'asks-not-to' : 'missed';
  return { kind, sha };
}

/** Under whatever workflow id: also what Temporal's own UI or CLI has started. */
async function triedBy(ports: ReconcilePorts, place: Place, sha: string): Promise<string | undefined> {
  const workflowId = deployWorkflowId(place.app, place.environment, sha);
  if (await ports.isKnownInTemporal(workflowId)) return workflowId;
  const isOfIt = ({ commit }: { readonly commit: { readonly sha: string } }): boolean => commit.sha === sha;
  const known = await ports.askEnvironment(place);
  const near = [...(known?.turn ? [known.turn] : []), ...(known?.joined ?? []), ...(known?.ledger ?? [])];
  const found = near.find(isOfIt) ?? (await findEntry(ports.store, place, isOfIt));
  return found && `release ${found.number}`;
}

async function keptTip(store: Store, request: ReconcileRequest): Promise<string | undefined> {
  const kept = (await store.getDocument(tipKey(request))) as { readonly sha?: unknown } | undefined;
  return typeof kept?.sha === 'string' ? kept.sha : undefined;
}

const keep = (store: Store, { sha, ...request }: KeepTipInput): Promise<void> =>
  store.putDocument(tipKey(request), { sha, ref: request.ref });

/** Anybody may start the workflow, with any JSON. */
function checked(request: ReconcileRequest): ReconcileRequest {
  const { app, environment, ref } = (request ?? {}) as Partial<ReconcileRequest>;
  const areTexts = [app, environment, ref].every((text) => typeof text === 'string' && text !== '');
  const id = deployWorkflowId(`${app}`, `${environment}`, '0'.repeat(40));
  if (areTexts && ref?.startsWith('refs/heads/') && isWorkflowId(id)) return request;
  throw new ConfigurationError(
    'the input of reconcile: expected {"app":"…","environment":"…","ref":"refs/heads/…"}',
  );
}

/** Inside an activity: asks the Temporal that the worker is connected to. */
export const isKnownInTemporal = async (workflowId: string): Promise<boolean> => {
  try {
    await Context.current().client.workflow.getHandle(workflowId).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
};
