/**
 * Who we are in AWS, and the clients of everything that a pool calls there.
 */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { isDenied, isNetworkError } from '../../aws/errors.ts';
import { userAwsSettings } from '../aws-settings.ts';
import { broken, type Check, ok } from './finding.ts';

export interface Aws {
  readonly clients: AwsClients;
  readonly region: string;
}

/** Why AWS cannot be asked at all. */
export interface NoAws {
  readonly why: string;
  readonly fix: string;
}

export type AwsClients = ReturnType<typeof createClients>;

export interface AwsSession {
  /** Region and credentials are there; whether they are good is another question. */
  readonly open: () => Promise<Aws | NoAws>;
  /** Undefined where STS does not say. */
  readonly identity: (signal: AbortSignal) => Promise<Identity>;
  readonly close: () => void;
}

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

const REGION_FIX = 'export AWS_REGION=<region, such as eu-central-1>';
const CREDENTIALS_FIX =
  'aws sso login   (or: aws configure; for the local stack: eval "$(slipway local env)")';

/** Where nothing at all has answered in time, not even what credentials there are. */
export const REACH = 'aws sts get-caller-identity   (does it answer?)';

/** Where AWS does not answer: the way there, or the stand-in for it that this shell points at. */
export const reachFix = (region: string): string => {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return endpoint === undefined
    ? `curl -sS https://sts.${region}.amazonaws.com/   (no answer: it is the network, a proxy, or AWS_REGION)`
    : 'slipway local up && eval "$(slipway local env)"   (or, for AWS itself: unset AWS_ENDPOINT_URL)';
};

/** Below the bound of a check: whoever waits for it must be able to say so. */
const OPEN_MS = 8_000;

function createClients() {
  const settings = userAwsSettings(undefined);
  return {
    sts: new STSClient(settings),
    iam: new IAMClient(settings),
    ecs: new ECSClient(settings),
    ecr: new ECRClient(settings),
    balancers: new ElasticLoadBalancingV2Client(settings),
    logs: new CloudWatchLogsClient(settings),
    alarms: new CloudWatchClient(settings),
    secrets: new SecretsManagerClient(settings),
    parameters: new SSMClient(settings),
  };
}

export function openAws(): AwsSession {
  const clients = createClients();
  let opened: Promise<Aws | NoAws> | undefined;
  let asked: Promise<Identity> | undefined;
  return {
    open: () => {
      opened ??= Promise.race([prepare(clients), late()]);
      return opened;
    },
    identity: (signal) => {
      asked ??= clients.sts
        .send(new GetCallerIdentityCommand({}), { abortSignal: signal })
        .then(({ Account = '', Arn = '' }) => ({ account: Account, arn: Arn }));
      return asked;
    },
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

const late = async (): Promise<NoAws> => {
  await new Promise((resolve) => setTimeout(resolve, OPEN_MS).unref());
  return { why: `credentials: no answer within ${OPEN_MS / 1_000} s`, fix: CREDENTIALS_FIX };
};

async function prepare(clients: AwsClients): Promise<Aws | NoAws> {
  const region = await clients.sts.config.region().catch(() => undefined);
  if (region === undefined || region === '') return { why: 'no region is set', fix: REGION_FIX };
  try {
    await clients.sts.config.credentials();
    return { clients, region };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { why: `no credentials were found: ${message}`, fix: CREDENTIALS_FIX };
  }
}

export const isOpen = (session: Aws | NoAws): session is Aws => 'clients' in session;

export function identityCheck(session: AwsSession): Check {
  const about = { id: 'aws.identity', what: 'identity' } as const;
  return {
    ...about,
    fix: CREDENTIALS_FIX,
    run: async (signal) => {
      const aws = await session.open();
      if (!isOpen(aws)) return [broken(about, aws.why, aws.fix)];
      try {
        const { account, arn } = await session.identity(signal);
        return [ok(about, `account ${account}, ${arn}, in ${aws.region}`)];
      } catch (error) {
        const fix = outcomeOf(error) === 'no-answer' ? reachFix(aws.region) : CREDENTIALS_FIX;
        return [broken(about, saysOf(error), fix)];
      }
    },
  };
}

export const saysOf = (error: unknown): string => {
  if (!(error instanceof Error) && !(typeof error === 'object' && error !== null && 'message' in error))
    return String(error);
  const { name, message } = error as Error;
  if (isNetworkError(error)) return `does not answer: ${message || name}`;
  return `${name}: ${message}`;
};

/** What a call says of the right to make it. Anything that AWS has thought about was allowed. */
export type Outcome = 'allowed' | 'denied' | 'unknown-there' | 'no-answer';

export function outcomeOf(error: unknown): Outcome {
  if (isDenied(error)) return 'denied';
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  // Of a stand-in for AWS that does not have the service.
  if (/UnknownOperation|InvalidAction|UnknownService|NotImplemented/.test(name ?? '')) return 'unknown-there';
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 429 && !/Throttl/.test(name ?? '')
    ? 'allowed'
    : 'no-answer';
}
