// What calls wait at until their service is ready.

export class Gate {
  #open: () => void = () => undefined;
  #shut: (why: Error) => void = () => undefined;
  readonly #passed = new Promise<void>((resolve, reject) => {
    this.#open = resolve;
    this.#shut = reject;
  });

  constructor() {
    // Nobody may be waiting when it is shut.
    this.#passed.catch(() => undefined);
  }

  /** Resolves when the gate opens; rejects with why it is shut for good. */
  passed(): Promise<void> {
    return this.#passed;
  }

  open(): void {
    this.#open();
  }

  /** Turns away who waits or comes later; nothing, once it was opened. */
  shut(why: Error): void {
    this.#shut(why);
  }
}
