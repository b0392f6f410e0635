/** Asks a URL without pause, each time over a new connection, until told to stop; keeps what went wrong. */
export const startProber = (
  url: string,
): { stop(): Promise<{ sent: number; failures: readonly string[] }> } => {
  const failures: string[] = [];
  let sent = 0;
  let running = true;
  const loop = (async () => {
    while (running) {
      sent += 1;
      try {
        const answer = await fetch(url, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(5_000),
        });
        if (!answer.ok) failures.push(`status ${answer.status}`);
        await answer.text();
      } catch (error) {
        failures.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      running = false;
      await loop;
      return { sent, failures };
    },
  };
};
