// Starts the web service, and ends it on SIGTERM once the requests in flight are answered.
import { fileURLToPath } from 'node:url';
import { readFiles } from './files.js';
import { prepareGracefulStop } from './graceful-stop.js';
import { createWebServer } from './server.js';

const commit = process.env.COMMIT_SHA ?? 'unknown';
const apiUrl = process.env.API_URL ?? 'http://api:8080';
const port = Number(process.env.PORT ?? 8080);

const files = await readFiles(fileURLToPath(new URL('../dist', import.meta.url)));
const server = createWebServer({ files, apiUrl, commit });
const stop = prepareGracefulStop(server);
server.listen(port, () => console.log(`web ${commit} listens on port ${server.address().port}`));

// Process 1 of a container ignores SIGTERM unless it says otherwise.
process.once('SIGTERM', async () => {
  await stop();
  console.log('web stopped');
  process.exit(0);
});
