/**
 * What `slipway.yaml` will say, before it is text. A `guess` says what was not known for sure, and why it was taken.
 */
export interface DraftCheck {
  readonly name: string;
  readonly directory: string;
  readonly setup: DraftSetup | undefined;
  readonly run: string;
  /** Where it comes from. */
  readonly guess: string;
  /** False: it is written as a comment, as something that it needs is not declared in the repository. */
  readonly isReady: boolean;
}

export interface DraftSetup {
  readonly run: string;
  readonly key: readonly string[];
  readonly paths: readonly string[];
}

export interface DraftImage {
  readonly name: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly repository: string;
  readonly guess: string | undefined;
}

export interface DraftService {
  /** Of the ECS service. */
  readonly name: string;
  /** The image of its only container, or container → image. */
  readonly runs: string | Readonly<Record<string, string>>;
  readonly healthPath: string | undefined;
  /** What is known of it: `arm64, FARGATE, of task definition shop-web:12`. */
  readonly facts: string | undefined;
  readonly guess: string | undefined;
}

export interface Draft {
  readonly app: string;
  readonly appGuess: string | undefined;
  readonly checks: readonly DraftCheck[];
  readonly images: readonly DraftImage[];
  readonly services: readonly DraftService[];
  readonly environment: string;
  readonly cluster: string;
  readonly clusterGuess: string | undefined;
}
