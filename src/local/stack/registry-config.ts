/**
 * Configuration of the real registry behind the local ECR. Loopback and without a password: it is reached
 * through our endpoint, which asks for one.
 */
import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';

export function registryConfig(folder: string, port: number): string {
  return stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: folder },
      delete: { enabled: true },
      redirect: { disable: true },
    },
    // Layers that only a vendor may distribute (Windows) are named by address and not pushed; ECR takes such images.
    validation: { manifests: { urls: { allow: ['^https?://'] } } },
    http: {
      addr: `127.0.0.1:${port}`,
      relativeurls: true,
      // Signs upload URLs between requests; any value will do for one process.
      secret: randomBytes(24).toString('hex'),
    },
  });
}
