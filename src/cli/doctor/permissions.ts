/**
 * Whether these credentials may do what the pools do: reads by making them, changes by asking IAM.
 */
import { SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { inParallel } from '../../activities/in-parallel.ts';
import { shellWord } from '../../release/shell-word.ts';
import {
  type Aws,
  type AwsSession,
  type Identity,
  isOpen,
  type Outcome,
  outcomeOf,
  REACH,
  reachFix,
} from './aws.ts';
import { broken, type Check, type Finding, notAsked, ok, warning } from './finding.ts';
import {
  CHANGES,
  PERMISSION_CALLS,
  type PermissionCall,
  type PoolWithAws,
  type Subject,
} from './permission-calls.ts';

export type KnownSubject = Pick<Subject, 'cluster' | 'service' | 'repository'>;

const NO_ACCOUNT = '000000000000';
const CALLS_AT_ONCE = 4;
/** So that one that hangs is told apart from the others of its service, within the bound of the check. */
const CALL_MS = 7_000;

export function permissionChecks(
  session: AwsSession,
  pools: readonly PoolWithAws[],
  known: KnownSubject,
): readonly Check[] {
  const wanted = PERMISSION_CALLS.filter((call) => call.pools.some((pool) => pools.includes(pool)));
  const services = [...new Set(wanted.map(serviceOf))];
  return services.map((service) =>
    readsCheck(
      session,
      service,
      wanted.filter((call) => serviceOf(call) === service),
      known,
    ),
  );
}

const serviceOf = ({ action }: PermissionCall): string => action.split(':', 1)[0] ?? '';
const shortOf = (action: string): string => action.slice(action.indexOf(':') + 1);

interface Tried {
  readonly call: PermissionCall;
  readonly outcome: Outcome;
}

function readsCheck(
  session: AwsSession,
  service: string,
  calls: readonly PermissionCall[],
  known: KnownSubject,
): Check {
  const about = { id: `aws.permissions.${service}`, what: `reads of ${service}` } as const;
  return {
    ...about,
    fix: REACH,
    run: async (signal) => {
      const aws = await session.open();
      if (!isOpen(aws)) return [notAsked(about, 'there are no credentials')];
      // Only for names in made-up ARNs, and for the fix: what hangs or says no there must not be in the way here.
      const identity = await knownSoon(session, signal);
      const subject: Subject = { ...known, account: identity?.account || NO_ACCOUNT, region: aws.region };
      const tried = await inParallel(
        calls,
        CALLS_AT_ONCE,
        async (call): Promise<Tried> => ({ call, outcome: await attempt(call, aws, subject, signal) }),
      );
      return [judge(about, tried, identity, reachFix(aws.region))];
    },
  };
}

const SOON_MS = 2_000;

/** Undefined where STS says no, or does not hurry. */
const knownSoon = (session: AwsSession, signal: AbortSignal): Promise<Identity | undefined> =>
  Promise.race([
    session.identity(signal).catch(() => undefined),
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), SOON_MS).unref()),
  ]);

async function attempt(
  { call }: PermissionCall,
  { clients }: Aws,
  subject: Subject,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await call(clients, subject, AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]));
    return 'allowed';
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Pure: what the outcomes of one service's calls come to. */
export function judge(
  about: Pick<Finding, 'id' | 'what'>,
  tried: readonly Tried[],
  identity: Identity | undefined,
  reach: string,
): Finding {
  const by = (outcome: Outcome): readonly PermissionCall[] =>
    tried.filter((each) => each.outcome === outcome).map(({ call }) => call);
  const names = (calls: readonly PermissionCall[]): string =>
    calls.map(({ action }) => shortOf(action)).join(', ');
  const [denied, silent, unknown] = [by('denied'), by('no-answer'), by('unknown-there')];
  if (denied.length > 0) {
    const needed = denied.filter(({ onlyFor }) => onlyFor === undefined);
    const purposes = denied.flatMap(({ action, onlyFor, isMadeUp }) =>
      onlyFor === undefined
        ? []
        : [
            `${shortOf(action)} (for ${onlyFor}${isMadeUp ? '; asked with a made-up name, a right on the real ones will do' : ''})`,
          ],
    );
    const says = [
      needed.length > 0 ? `denied: ${names(needed)}` : '',
      purposes.length > 0 ? `denied, and optional: ${purposes.join(', ')}` : '',
    ];
    const fix = allow(
      identity,
      denied.map(({ action }) => action),
    );
    return (needed.length > 0 ? broken : warning)(about, says.filter((part) => part !== '').join('; '), fix);
  }
  if (silent.length > 0) {
    const isOptional = silent.every(({ onlyFor }) => onlyFor !== undefined);
    return (isOptional ? warning : broken)(about, `no answer to ${names(silent)}`, reach);
  }
  if (unknown.length === tried.length) return notAsked(about, 'this endpoint does not have the service');
  return ok(about, `allowed: ${names(by('allowed'))}`);
}

/** The command that gives the rights, where the identity tells to whom. */
export function allow(identity: Identity | undefined, actions: readonly string[]): string {
  const principal = principalOf(identity?.arn ?? '');
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  });
  if (principal === undefined) return `allow it in the policy of this identity: ${actions.join(', ')}`;
  const { kind, name } = principal;
  return `aws iam put-${kind}-policy --${kind}-name ${shellWord(name)} --policy-name slipway-${serviceOfAction(actions)} --policy-document ${shellWord(policy)}`;
}

const serviceOfAction = ([action = '']: readonly string[]): string => action.split(':', 1)[0] ?? '';

/** `…:assumed-role/Name/session` is a session of the role. */
function principalOf(
  arn: string,
): { readonly kind: 'role' | 'user'; readonly name: string; readonly arn: string } | undefined {
  const [, partition, account, role] =
    /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\//.exec(arn) ?? [];
  if (role !== undefined)
    return { kind: 'role', name: role, arn: `arn:${partition}:iam::${account}:role/${role}` };
  const [, user] = /^arn:[\w-]+:iam::\d{12}:user\/(?:.*\/)?([\w+=,.@-]+)$/.exec(arn) ?? [];
  return user === undefined ? undefined : { kind: 'user', name: user, arn };
}

export function changesCheck(session: AwsSession, pools: readonly PoolWithAws[]): Check {
  const about = { id: 'aws.changes', what: 'changes' } as const;
  const actions = [...new Set(pools.flatMap((pool) => CHANGES[pool]))];
  const untried = `cannot be tried without doing it: ${actions.join(', ')}`;
  return {
    ...about,
    fix: REACH,
    run: async (signal) => {
      const aws = await session.open();
      if (!isOpen(aws)) return [notAsked(about, 'there are no credentials')];
      const identity = await knownSoon(session, signal);
      const principal = principalOf(identity?.arn ?? '');
      if (principal === undefined) return [notAsked(about, untried)];
      try {
        const { EvaluationResults = [] } = await aws.clients.iam.send(
          new SimulatePrincipalPolicyCommand({ PolicySourceArn: principal.arn, ActionNames: [...actions] }),
          { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]) },
        );
        const decided = EvaluationResults.map(({ EvalActionName = '', EvalDecision }) => ({
          action: EvalActionName,
          decision: EvalDecision ?? '',
        }));
        return [judgeChanges(about, decided, identity)];
      } catch {
        return [notAsked(about, `${untried} (IAM does not say: iam:SimulatePrincipalPolicy)`)];
      }
    },
  };
}

/** Pure. A right on some resources only looks like none here: that is a warning. */
export function judgeChanges(
  about: Pick<Finding, 'id' | 'what'>,
  decided: readonly { readonly action: string; readonly decision: string }[],
  identity: Identity | undefined,
): Finding {
  const by = (decision: string): readonly string[] =>
    decided.filter((each) => each.decision === decision).map(({ action }) => action);
  const [forbidden, missing] = [by('explicitDeny'), by('implicitDeny')];
  if (decided.length === 0) return notAsked(about, 'IAM says nothing of them');
  if (forbidden.length > 0)
    return broken(
      about,
      `a policy forbids ${forbidden.join(', ')}`,
      'take them out of the Deny statement of the policy',
    );
  if (missing.length > 0) {
    const says = `by IAM's simulation not allowed on every resource: ${missing.join(', ')}; fine where they are allowed on the app's own`;
    return warning(about, says, allow(identity, missing));
  }
  return ok(about, `allowed by IAM's simulation: ${decided.map(({ action }) => action).join(', ')}`);
}
