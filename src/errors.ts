/**
 * The one error hierarchy. `type` is stable and survives Temporal (it becomes ApplicationFailure.type);
 * `advice` says what to do; `retryable` decides whether Temporal tries again.
 */
export interface SlipwayErrorOptions {
  readonly cause?: unknown;
  /** What the person who reads it can do. */
  readonly advice?: string;
  /** Facts for the report: bounded, redacted lines. */
  readonly evidence?: readonly string[];
}

export class SlipwayError extends Error {
  readonly type: string;
  readonly retryable: boolean;
  readonly advice: string | undefined;
  readonly evidence: readonly string[];

  constructor(type: string, retryable: boolean, message: string, options: SlipwayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = type;
    this.type = type;
    this.retryable = retryable;
    this.advice = options.advice;
    this.evidence = options.evidence ?? [];
  }
}

/** The configuration or the input is wrong: trying again changes nothing. */
export class ConfigurationError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('ConfigurationError', false, message, options);
  }
}

/** A check said no. */
export class CheckFailedError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('CheckFailed', false, message, options);
  }
}

/** The Dockerfile or its context does not build. */
export class BuildFailedError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('BuildFailed', false, message, options);
  }
}

/** Something outside did not answer or asked us to come back: Temporal retries with back-off. */
export class TransientError extends SlipwayError {
  /** When it asked us to come back; absent: as the back-off has it. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: SlipwayErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super('Transient', true, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** AWS (or a registry) refused for good: AccessDenied, validation, missing things. */
export class RefusedByServiceError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('RefusedByService', false, message, options);
  }
}

/** A tool that this machine should have is missing or does not work. */
export class MissingToolError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('MissingTool', false, message, options);
  }
}

/** Going on would be wrong whatever the commit is: the verdict is `refused`, and nothing has been changed. */
export class UnsafePlanError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('UnsafePlan', false, message, options);
  }
}

/** Another release has the turn of the environment by now: this one may not change anything any more. */
export class StaleTurnError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('StaleTurn', false, message, options);
  }
}

/** The engine that should push does not have the image (any more): it has to be built again. */
export class ImageGoneError extends SlipwayError {
  constructor(message: string, options?: SlipwayErrorOptions) {
    super('ImageGone', false, message, options);
  }
}
