/**
 * Who gets which environment variables: workers by their rights (DESIGN.md, "Pools by right"),
 * people by `slipway local env`.
 */
import type { Instance, Ports } from './instance.ts';

export type WorkerRole = 'control' | 'deploy' | 'checks' | 'build';

/** Roles that may call AWS; the others must not even see a credential. */
const WITH_AWS: readonly WorkerRole[] = ['deploy', 'build'];

/** The user's own credentials, which belong to no worker: AWS's, and anything that is named like a secret. */
const SECRET = /^AWS_|TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|PRIVATE_?KEY/i;
/** What reaches a private repository; control alone may. */
const GIT = /^(SSH_AUTH_SOCK|SSH_AGENT_PID|GIT_.*|GH_.*|GITHUB_.*|GITLAB_.*)$/;

export function workerEnvironment(
  role: WorkerRole,
  user: NodeJS.ProcessEnv,
  instance: Instance,
  ports: Ports,
): NodeJS.ProcessEnv {
  const kept = Object.entries(user).filter(([name]) =>
    GIT.test(name) ? role === 'control' : !SECRET.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    ...(WITH_AWS.includes(role) ? awsEnvironment(instance, ports) : {}),
    // A token that fetches a private repository is no reason to tell GitHub of deployments to this machine.
    ...(role === 'control' ? { SLIPWAY_GITHUB: 'off' } : {}),
  };
}

/** For programs that need nothing but the machine: no credential of any kind. */
export const plainEnvironment = (user: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(user).filter(([name]) => !GIT.test(name) && !SECRET.test(name)));

export const temporalAddress = (ports: Ports): string => `127.0.0.1:${ports.temporal}`;
export const awsEndpointUrl = (ports: Ports): string => `http://localhost:${ports.aws}`;

function awsEnvironment(instance: Instance, ports: Ports): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: awsEndpointUrl(ports),
    AWS_REGION: instance.region,
    AWS_DEFAULT_REGION: instance.region,
    AWS_ACCESS_KEY_ID: instance.accessKeyId,
    AWS_SECRET_ACCESS_KEY: instance.secretAccessKey,
    // The user's profiles and the machine's role must not win over the local key, whatever a client prefers.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    // Node 20 is supported here; the SDK's notice at each start would bury what matters in the logs.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** What makes `aws`, the SDKs and `temporal` use this instance, as `slipway local env` prints it. */
export function userEnvironment(
  instance: Instance,
  ports: Ports,
  only: 'all' | 'aws',
): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: awsEndpointUrl(ports),
    AWS_REGION: instance.region,
    AWS_DEFAULT_REGION: instance.region,
    AWS_ACCESS_KEY_ID: instance.accessKeyId,
    AWS_SECRET_ACCESS_KEY: instance.secretAccessKey,
    ...(only === 'all' ? temporalEnvironment(ports) : {}),
  };
}

/** The last one makes the CLI print a link into Temporal's UI. */
const temporalEnvironment = (ports: Ports): Record<string, string> => ({
  TEMPORAL_ADDRESS: temporalAddress(ports),
  TEMPORAL_NAMESPACE: 'default',
  SLIPWAY_TEMPORAL_UI: `http://127.0.0.1:${ports.temporalUi}`,
});

/** POSIX shell lines, safe for `eval`. A session token of the user's own would not fit the local key. */
export function exportLines(variables: Record<string, string>): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  return [...lines, 'unset AWS_PROFILE AWS_SESSION_TOKEN'].join('\n');
}

const shellQuote = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
