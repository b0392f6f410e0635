// Exits 0 when Docker Hub answers within 2.5 s (401 is its usual answer to a stranger), 1 otherwise.
// A proxy that says "forbidden" for it is not an answer of Docker Hub.
const url = 'https://registry-1.docker.io/v2/';

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(2500) });
  process.exit(response.headers.get('docker-distribution-api-version') === null ? 1 : 0);
} catch {
  process.exit(1);
}
