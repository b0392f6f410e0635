// Writes the certificates of the host's bundle that Debian's ca-certificates does not hold, one a file, for
// update-ca-certificates. Usage: node host-certificates.js <bundle.crt> <debian's folder> <folder to fill>
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [bundle, known, target] = process.argv.slice(2);

const certificatesOf = (text) =>
  (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => ({
    pem,
    fingerprint: createHash('sha256').update(pem.replace(/\s/g, '')).digest('hex'),
  }));

const files = readdirSync(known, { recursive: true })
  .map((name) => join(known, name))
  .filter((path) => statSync(path).isFile());
const seen = new Set(
  files.flatMap((path) => certificatesOf(readFileSync(path, 'utf8'))).map((c) => c.fingerprint),
);

if (existsSync(bundle)) {
  for (const { pem, fingerprint } of certificatesOf(readFileSync(bundle, 'utf8'))) {
    if (!seen.has(fingerprint))
      writeFileSync(join(target, `host-${fingerprint.slice(0, 16)}.crt`), `${pem}\n`);
    seen.add(fingerprint);
  }
}
