/**
 * This machine: Node, git, and where commits are fetched from.
 */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { shellWord } from '../../release/shell-word.ts';
import { broken, type Check, ok, warning } from './finding.ts';

export function nodeCheck(version = process.version): Check {
  const about = { id: 'machine.node', what: 'Node' } as const;
  const wanted = wantedNode();
  const fix = `install Node ${wanted}, for example: nvm install 22`;
  return {
    ...about,
    fix,
    run: async () => {
      const needed = wanted.replace(/^\D+/, '');
      return [
        isAtLeast(version.slice(1), needed)
          ? ok(about, version)
          : broken(about, `${version}; ${wanted} is needed`, fix),
      ];
    },
  };
}

function wantedNode(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { engines: { node: string } }).engines.node;
}

function isAtLeast(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split('.').map(Number));
  for (const [index, number] of (want ?? []).entries()) {
    const own = have?.[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}

export function gitCheck(): Check {
  const about = { id: 'machine.git', what: 'git' } as const;
  const fix = 'install git, for example: apt-get install git';
  return {
    ...about,
    fix,
    run: async (signal) => {
      const { exitCode, stdout } = await execa('git', ['--version'], { reject: false, cancelSignal: signal });
      return [
        exitCode === 0
          ? ok(about, stdout.replace('git version ', ''))
          : broken(about, 'git cannot be run', fix),
      ];
    },
  };
}

/** Where the workers fetch commits from. A warning: they may have an address of their own. */
export function remoteCheck(top: string | undefined): Check {
  const about = { id: 'machine.remote', what: 'git remote' } as const;
  const fix = 'git push --set-upstream origin HEAD   (after `git remote add origin <address>`)';
  return {
    ...about,
    fix,
    run: async (signal) => {
      if (top === undefined)
        return [
          warning(about, 'there is no git repository here', 'run it inside the repository of your app'),
        ];
      const env = { GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=8' };
      const git = (args: readonly string[]) =>
        execa('git', args, { cwd: top, env, reject: false, cancelSignal: signal, stdin: 'ignore' });
      const [head, remote] = [
        await git(['rev-parse', 'HEAD']),
        await git(['ls-remote', '--heads', '--tags', 'origin']),
      ];
      if (head.exitCode !== 0)
        return [warning(about, 'there is no commit yet', 'git add --all && git commit')];
      if (remote.exitCode !== 0) {
        return [
          warning(
            about,
            'there is no remote `origin` that answers; `slipway local` needs none, workers elsewhere do',
            fix,
          ),
        ];
      }
      const sha = head.stdout.trim();
      const contains = await git(['branch', '--remotes', '--contains', sha]);
      const isThere = remote.stdout.includes(sha) || contains.stdout.trim() !== '';
      return [
        isThere
          ? ok(about, `origin has ${sha.slice(0, 12)}`)
          : warning(
              about,
              `origin does not have ${sha.slice(0, 12)}: workers elsewhere cannot fetch it`,
              'git push',
            ),
      ];
    },
  };
}

/** Tests of the repository run there, and a control worker holds the git credential: neither may hold one of AWS. */
export function noCredentialsCheck(role: 'control' | 'checks', env: NodeJS.ProcessEnv): Check {
  const about = { id: 'machine.credentials', what: 'no AWS credentials' } as const;
  const names = Object.keys(env).filter((name) =>
    /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_.*)$/.test(
      name,
    ),
  );
  const fix = `unset ${names.map(shellWord).join(' ')}`;
  return {
    ...about,
    fix,
    run: async () => [
      names.length === 0
        ? ok(about, 'none in the environment, as it should be')
        : warning(
            about,
            `${names.join(', ')} set: a ${role} worker needs no AWS rights, and should have none`,
            fix,
          ),
    ],
  };
}
