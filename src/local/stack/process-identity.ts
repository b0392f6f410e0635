/**
 * Tells one process from a later one with the same pid: pid + the moment the kernel started it.
 * Without it, `down` could stop a stranger's process after a reboot or a long time.
 */
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** Opaque; equal only for the same process. Undefined when there is none, or only its zombie. */
export async function processIdentity(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? linuxIdentity(pid) : posixIdentity(pid);
}

export async function isSameProcess(pid: number, identity: string): Promise<boolean> {
  return (await processIdentity(pid)) === identity;
}

async function linuxIdentity(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // proc(5): the name in brackets may hold spaces and brackets; state and start time (fields 3 and 22) follow it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${boot.trim()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

async function posixIdentity(pid: number): Promise<string | undefined> {
  const { stdout, exitCode } = await execa('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    reject: false,
    env: { LC_ALL: 'C' },
  });
  if (exitCode !== 0 || stdout.trim() === '' || stdout.trim().startsWith('Z')) return undefined;
  return stdout.trim().replace(/^\S+\s+/, '');
}
