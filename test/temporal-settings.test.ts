/** The variables and the file that Temporal's own CLI reads, read by whatever of ours is started by a person or a runner. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporalSettings } from '../src/temporal-settings.ts';

let folder: string;
/** No file of whoever runs this test. */
let nowhere: { TEMPORAL_CONFIG_FILE: string };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-temporal-'));
  nowhere = { TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') };
});
afterEach(() => rm(folder, { recursive: true }));

describe('the settings for Temporal', () => {
  it('are those of the environment', () => {
    const env = { TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_NAMESPACE: 'shop', TEMPORAL_API_KEY: 'key' };
    expect(temporalSettings({ ...nowhere, ...env })).toMatchObject({
      address: 'temporal:7233',
      namespace: 'shop',
      apiKey: 'key',
      tls: true,
    });
  });

  it('take certificates as data or as files', async () => {
    await writeFile(join(folder, 'client.pem'), 'certificate');
    await writeFile(join(folder, 'client.key'), 'key');
    const { tls } = temporalSettings({
      ...nowhere,
      TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'client.pem'),
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'key',
      TEMPORAL_TLS_SERVER_NAME: 'temporal.example',
    });
    expect(tls).toMatchObject({
      serverNameOverride: 'temporal.example',
      clientCertPair: { crt: Buffer.from('certificate'), key: Buffer.from('key') },
    });
  });

  it('are nothing where a runner hands over what nobody has set', () => {
    const empty = { TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_API_KEY: '', TEMPORAL_TLS: '' };
    const { address, namespace, apiKey, tls } = temporalSettings({ ...nowhere, ...empty });
    expect([address, namespace, apiKey, tls]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('come out of temporal.toml, and the environment goes before it', async () => {
    const file = join(folder, 'temporal.toml');
    await writeFile(file, '[profile.default]\naddress = "from-file:7233"\nnamespace = "from-file"\n');
    const settings = temporalSettings({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_NAMESPACE: 'from-env' });
    expect(settings).toMatchObject({ address: 'from-file:7233', namespace: 'from-env' });
  });

  it('take a key that was read from a file, whose line has an end', () => {
    expect(temporalSettings({ ...nowhere, TEMPORAL_API_KEY: 'key\r\n' }).apiKey).toBe('key');
  });

  it('that are no TOML are not quoted: a key may stand there', async () => {
    const file = join(folder, 'temporal.toml');
    await writeFile(file, '[profile.default]\napi_key = secret-key\n');
    expect(() => temporalSettings({ TEMPORAL_CONFIG_FILE: file })).toThrow(
      expect.objectContaining({
        name: 'ConfigurationError',
        message: expect.stringMatching(/^[^\n]*invalid value, in line 2$/),
      }),
    );
  });

  it('that cannot be read are a mistake of configuration, not an internal error', async () => {
    const file = join(folder, 'temporal.toml');
    await writeFile(file, '[profile.default\n');
    expect(() => temporalSettings({ TEMPORAL_CONFIG_FILE: file })).toThrow(
      expect.objectContaining({
        type: 'ConfigurationError',
        advice: expect.stringContaining('TEMPORAL_CONFIG_FILE'),
      }),
    );
  });
});
