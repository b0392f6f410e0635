/** Ctrl+Z and `fg`: the shell has the terminal in between, and writes to it. */

export interface Suspension {
  /** Before the process stands still. */
  readonly letGo: () => void;
  /** It goes on, and nothing is known of what the terminal shows. */
  readonly takeUp: () => void;
}

/** One stop is heard of twice at its end. */
const SAME_MS = 500;

/** Returns what ends the listening. */
export function onSuspend({ letGo, takeUp }: Suspension): () => void {
  let isOver = false;
  let wentOnAtMs = 0;
  const stop = (): void => {
    letGo();
    process.off('SIGTSTP', stop);
    // Without a listener it does what it does: it stops us – or nothing, where no shell could ever let us go on.
    process.kill(process.pid, 'SIGTSTP');
    setImmediate(() => {
      if (isOver) return;
      process.on('SIGTSTP', stop);
      wentOnAtMs = Date.now();
      takeUp();
    });
  };
  /** Also of a stop that nobody is asked about (SIGSTOP). */
  const goOn = (): void => {
    if (Date.now() - wentOnAtMs < SAME_MS) return;
    letGo();
    takeUp();
  };
  process.on('SIGTSTP', stop);
  process.on('SIGCONT', goOn);
  return () => {
    isOver = true;
    process.off('SIGTSTP', stop);
    process.off('SIGCONT', goOn);
  };
}
