/**
 * A server that behaves as GitHub's REST API does (2022-11-28) for what Slipway asks of it: deployments, commit statuses, an
 * App's tokens. Everything else is 404. Shapes after github/rest-api-description. Faults are put in front of it.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * `cut`: nothing is done, the connection is gone. `lost`: it is done, and the answer never comes. `hang`: nothing, for as
 * long as the client waits. `hang-late`: done, and then that.
 */
export type Fault =
  | { readonly kind: 'cut' | 'lost' | 'hang' | 'hang-late' | 'html' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
    };

export interface FakeDeployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly production_environment: boolean;
  readonly transient_environment: boolean;
  readonly description: string;
  readonly payload: unknown;
  readonly statuses: Fields[];
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;
type Permissions = Readonly<Record<string, 'read' | 'write'>>;

const APP_ID = 4711;
const INSTALLATION = 99;
const ALL: Permissions = {
  deployments: 'write',
  statuses: 'write',
  pull_requests: 'read',
  contents: 'read',
  metadata: 'read',
};
const DEPLOYMENT_STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];
const COMMIT_STATES = ['error', 'failure', 'pending', 'success'];
const MOST_STATUSES = 1000;
const NEEDED = [
  ['/deployments', 'deployments'],
  ['/pulls', 'pull_requests'],
] as const;
const REPOSITORY_ID = 1296269;

const notFound: Answer = { status: 404, body: { message: 'Not Found', status: '404' } };
const invalid = (field: string, message: string, resource = 'DeploymentStatus'): Answer => ({
  status: 422,
  body: { message: 'Validation Failed', errors: [{ resource, code: 'custom', field, message }] },
});

/** Making one takes a while. */
const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 });

export class FakeGitHub {
  readonly requests: string[] = [];
  readonly deployments: FakeDeployment[] = [];
  readonly statuses: Fields[] = [];
  pulls: Fields[] = [];
  /** Of the App, as its page offers it. */
  readonly privateKey: string;
  readonly appId = String(APP_ID);
  readonly installationId = INSTALLATION;
  /** Lives for ever, as a personal one. */
  readonly token = `ghp_${'personalTokenOfAda0123456789'}`;
  /** Every token that was ever handed out. */
  readonly secrets: string[] = [];
  repository = 'ada/shop';
  /** What a repository was called before. */
  formerName: string | null = null;
  permissions: Permissions = ALL;
  tokenLifeMs = 60 * 60_000;
  /** Commits that were pushed; null: all. */
  commits: ReadonlySet<string> | null = null;
  readonly #publicKey: KeyObject;
  readonly #tokens = new Map<string, number>();
  readonly #faults: { readonly on: RegExp; readonly fault: Fault; left: number }[] = [];
  readonly #hanging = new Set<ServerResponse>();
  #server: Server | null = null;
  #port = 0;
  #nextId = 1;

  constructor() {
    const { privateKey, publicKey } = KEYS;
    this.privateKey = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    this.#publicKey = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    this.secrets.push(this.token, this.privateKey);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Nobody answers at its address until it is started again. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  /** In front of requests whose `METHOD /path` matches. */
  fault(on: RegExp, fault: Fault, times = 1): this {
    this.#faults.push({ on, fault, left: times });
    return this;
  }

  /** Opens one, or pushes to it. @param from of the repository itself, of a fork, or of one that was deleted */
  pull(number: number, sha: string, from: 'own' | 'fork' | 'gone' = 'own', state = 'open'): this {
    const id = from === 'own' ? REPOSITORY_ID : 4711;
    const repo = from === 'gone' ? null : { id };
    const pull = { number, state, head: { sha, ref: 'topic', repo }, base: { repo: { id: REPOSITORY_ID } } };
    this.pulls = [pull, ...this.pulls.filter((one) => one.number !== number)];
    return this;
  }

  heal(): void {
    this.#faults.length = 0;
    for (const response of this.#hanging) response.destroy();
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  count(on: RegExp): number {
    return this.requests.filter((line) => on.test(line)).length;
  }

  /** The states of a deployment's statuses, in order. */
  states(index = 0): readonly unknown[] {
    return this.deployments[index]?.statuses.map(({ state }) => state) ?? [];
  }

  /** The newest status of each context. */
  contexts(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.statuses.map(({ context, state }) => [String(context), state]));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const line = `${method} ${url}`;
    this.requests.push(line);
    const body = await text(request).catch(() => '');
    const found = this.#faults.find(({ on, left }) => left > 0 && on.test(line));
    if (found) found.left -= 1;
    const fault = found?.fault;
    switch (fault?.kind) {
      case 'cut':
        return void response.destroy();
      case 'hang':
        return void this.#hang(response);
      case 'status':
        return reply(response, {
          status: fault.status,
          body: { message: fault.message ?? 'fault' },
          ...(fault.headers && { headers: fault.headers }),
        });
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' });
        return void response.end('<html>a proxy</html>');
    }
    const answer = this.#answer(method, new URL(url, this.url), request.headers.authorization ?? '', body);
    if (fault?.kind === 'lost') return void response.destroy();
    if (fault?.kind === 'hang-late') return void this.#hang(response);
    reply(response, answer);
  }

  #hang(response: ServerResponse): void {
    this.#hanging.add(response);
    response.on('close', () => this.#hanging.delete(response));
  }

  #answer(method: string, url: URL, authorization: string, body: string): Answer {
    const [, credential = ''] = /^(?:Bearer|token) (.+)$/.exec(authorization) ?? [];
    let input: Fields;
    try {
      input = body === '' ? {} : (JSON.parse(body) as Fields);
    } catch {
      return { status: 400, body: { message: 'Problems parsing JSON' } };
    }
    const path = url.pathname;
    const asApp = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path);
    if (asApp && method === 'POST') return this.#newToken(credential, Number(asApp[1]), input);
    const [, repository = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? [];
    if (rest === '/installation' && method === 'GET') {
      const bad = this.#badJwt(credential);
      if (bad) return bad;
      if (repository !== this.repository) return notFound;
      return { status: 200, body: { id: INSTALLATION, app_id: APP_ID, permissions: this.permissions } };
    }
    if (credential === '') return { status: 401, body: { message: 'Requires authentication' } };
    if (!this.#isKnown(credential)) return { status: 401, body: { message: 'Bad credentials' } };
    if (repository !== '' && repository === this.formerName) {
      const location = `${this.url}/repos/${this.repository}${rest}${url.search}`;
      return { status: 301, headers: { location }, body: { message: 'Moved Permanently', url: location } };
    }
    // What a credential does not see is not there.
    if (repository !== this.repository) return notFound;
    return this.#inRepository(method, rest, url.searchParams, input);
  }

  #inRepository(method: string, rest: string, query: URLSearchParams, input: Fields): Answer {
    const needed = NEEDED.find(([path]) => rest.startsWith(path))?.[1] ?? 'statuses';
    const allowed = this.permissions[needed];
    if (allowed !== 'write' && !(method === 'GET' && allowed === 'read')) {
      return { status: 403, body: { message: 'Resource not accessible by integration' } };
    }
    if (rest === '/pulls' && method === 'GET') {
      const wanted = query.get('state') ?? 'open';
      return page(
        this.pulls.filter(({ state }) => wanted === 'all' || state === wanted),
        query,
      );
    }
    if (rest === '/deployments') return method === 'GET' ? this.#list(query) : this.#deploy(input);
    const [, id] = /^\/deployments\/(\d+)\/statuses$/.exec(rest) ?? [];
    if (id !== undefined) {
      const deployment = this.deployments.find((one) => one.id === Number(id));
      if (!deployment) return notFound;
      if (method === 'GET') return page([...deployment.statuses].reverse(), query);
      return this.#deploymentStatus(deployment, input);
    }
    const [, sha = ''] = /^\/statuses\/([^/]+)$/.exec(rest) ?? [];
    if (sha !== '' && method === 'POST') return this.#commitStatus(sha, input);
    const [, ref = ''] = /^\/commits\/([^/]+)\/status$/.exec(rest) ?? [];
    if (ref !== '' && method === 'GET') return this.#combined(ref);
    return notFound;
  }

  #list(query: URLSearchParams): Answer {
    const wanted = (name: 'sha' | 'ref' | 'task' | 'environment', value: string): boolean =>
      query.get(name) === null || query.get(name) === value;
    const found = this.deployments.filter(
      (one) =>
        wanted('sha', one.sha) &&
        wanted('ref', one.ref) &&
        wanted('task', one.task) &&
        wanted('environment', one.environment),
    );
    return page(
      found.reverse().map(({ statuses: _, ...one }) => one),
      query,
    );
  }

  #deploy(input: Fields): Answer {
    const { ref, environment = 'production', task = 'deploy', payload = '', description = '' } = input;
    if (typeof ref !== 'string' || !this.#isPushed(ref)) {
      return { status: 422, body: { message: `No ref found for: ${String(ref)}` } };
    }
    // This repository's default branch is always ahead, and its commits never have all contexts green.
    if (input.auto_merge !== false) return { status: 202, body: { message: 'Auto-merged main into it.' } };
    if (!Array.isArray(input.required_contexts) || input.required_contexts.length > 0) {
      return { status: 409, body: { message: `Conflict: Commit status checks failed for ${ref}.` } };
    }
    const deployment: FakeDeployment = {
      id: this.#nextId++,
      sha: ref,
      ref,
      task: String(task),
      environment: String(environment),
      production_environment: Boolean(input.production_environment ?? environment === 'production'),
      transient_environment: Boolean(input.transient_environment ?? false),
      description: String(description),
      payload,
      statuses: [],
    };
    this.deployments.push(deployment);
    const { statuses: _, ...body } = deployment;
    return { status: 201, body };
  }

  #deploymentStatus(deployment: FakeDeployment, input: Fields): Answer {
    const { state, description = '', log_url: logUrl = '' } = input;
    if (!DEPLOYMENT_STATES.includes(String(state)))
      return invalid('state', 'state is not included in the list');
    if (String(description).length > 140) {
      return invalid('description', 'description is too long (maximum is 140 characters)');
    }
    if (logUrl !== '' && !/^https?:\/\//.test(String(logUrl)))
      return invalid('log_url', 'must use http(s) scheme');
    const status = {
      id: this.#nextId++,
      state,
      description,
      log_url: logUrl,
      environment: deployment.environment,
    };
    deployment.statuses.push(status);
    if (state === 'success' && input.auto_inactive !== false) {
      for (const other of this.deployments) {
        const isPrior = other.id < deployment.id && other.environment === deployment.environment;
        const isLive = other.statuses.at(-1)?.state === 'success';
        if (!isPrior || !isLive || other.production_environment || other.transient_environment) continue;
        other.statuses.push({ id: this.#nextId++, state: 'inactive', description: '' });
      }
    }
    return { status: 201, body: status };
  }

  #commitStatus(sha: string, input: Fields): Answer {
    const { state, description = null, context = 'default', target_url: targetUrl = null } = input;
    if (!this.#isPushed(sha)) return { status: 422, body: { message: `No commit found for SHA: ${sha}` } };
    if (!COMMIT_STATES.includes(String(state)))
      return invalid('state', 'state is not included in the list', 'Status');
    if (String(description ?? '').length > 140) {
      return invalid('description', 'description is too long (maximum is 140 characters)', 'Status');
    }
    if (targetUrl !== null && !/^https?:\/\//.test(String(targetUrl))) {
      return invalid('target_url', 'must use http(s) scheme', 'Status');
    }
    const isSame = (one: Fields): boolean =>
      one.sha === sha && String(one.context).toLowerCase() === String(context).toLowerCase();
    if (this.statuses.filter(isSame).length >= MOST_STATUSES) {
      return invalid('base', 'This SHA and context has reached the maximum number of statuses.', 'Status');
    }
    const status = { id: this.#nextId++, sha, context, state, description, target_url: targetUrl };
    this.statuses.push(status);
    return { status: 201, body: status };
  }

  #combined(ref: string): Answer {
    const newest = new Map<string, Fields>();
    for (const status of this.statuses.filter(({ sha }) => sha === ref)) {
      newest.set(String(status.context).toLowerCase(), status);
    }
    const statuses = [...newest.values()];
    const states = statuses.map(({ state }) => state);
    const state = states.some((one) => one === 'failure' || one === 'error')
      ? 'failure'
      : states.length === 0 || states.includes('pending')
        ? 'pending'
        : 'success';
    return { status: 200, body: { state, statuses, sha: ref, total_count: statuses.length } };
  }

  #newToken(jwt: string, installation: number, { repositories }: Fields): Answer {
    const bad = this.#badJwt(jwt);
    if (bad) return bad;
    if (installation !== INSTALLATION) return notFound;
    const [, name] = this.repository.split('/');
    if (Array.isArray(repositories) && repositories.some((one) => one !== name)) {
      const message =
        'There is at least one repository that does not exist or is not accessible to the parent installation.';
      return { status: 422, body: { message } };
    }
    const token = `ghs_installation${this.#nextId++}token0123456789`;
    const untilMs = Date.now() + this.tokenLifeMs;
    this.#tokens.set(token, untilMs);
    this.secrets.push(token);
    const expires = new Date(untilMs).toISOString();
    return { status: 201, body: { token, expires_at: expires, permissions: this.permissions, repositories } };
  }

  #badJwt(jwt: string): Answer | null {
    const [head = '', payload = '', signature = ''] = jwt.split('.');
    const data = Buffer.from(`${head}.${payload}`);
    const isSigned = verify('RSA-SHA256', data, this.#publicKey, Buffer.from(signature, 'base64url'));
    if (!isSigned) return { status: 401, body: { message: 'A JSON web token could not be decoded' } };
    const { iss, iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      iss: unknown;
      iat: number;
      exp: number;
    };
    this.secrets.push(jwt);
    const now = Date.now() / 1000;
    if (String(iss) !== this.appId) return { status: 404, body: { message: 'Integration not found' } };
    if (exp < now || exp - now > 600 || iat > now) {
      return { status: 401, body: { message: "'Expiration time' claim ('exp') is too far in the future" } };
    }
    return null;
  }

  #isKnown(token: string): boolean {
    return token === this.token || (this.#tokens.get(token) ?? 0) > Date.now();
  }

  #isPushed(sha: string): boolean {
    return /^[0-9a-f]{40}$/.test(sha) && (this.commits?.has(sha) ?? true);
  }
}

const page = (all: readonly unknown[], query: URLSearchParams): Answer => {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const from = (Number(query.get('page') ?? 1) - 1) * size;
  return { status: 200, body: all.slice(from, from + size) };
};

const reply = (response: ServerResponse, { status, body, headers = {} }: Answer): void => {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-ratelimit-remaining': '4999',
    ...headers,
  });
  response.end(body === undefined ? '' : JSON.stringify(body));
};
