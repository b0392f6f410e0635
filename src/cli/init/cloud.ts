/**
 * What the person's own AWS account has that a `slipway.yaml` names. Facts only; matching them is match-services.ts.
 */
export interface CloudContainer {
  readonly name: string;
  /** As the task definition has it: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.2`. */
  readonly image: string;
  /** Of this account's ECR; undefined for an image from elsewhere. */
  readonly repository: string | undefined;
}

export type CloudHealth =
  | { readonly kind: 'path'; readonly path: string }
  /** There is a target group, but no listener sends to it by default: it has to be named by a URL. */
  | { readonly kind: 'behind-a-rule'; readonly path: string };

export interface CloudService {
  readonly name: string;
  /** `shop-web:12`. */
  readonly taskDefinition: string;
  readonly containers: readonly CloudContainer[];
  readonly architecture: 'arm64' | 'amd64' | undefined;
  readonly launchType: string;
  readonly health: CloudHealth | undefined;
  readonly hasBreaker: boolean;
}

export interface Cloud {
  readonly account: string;
  readonly identity: string;
  readonly region: string;
  readonly cluster: string;
  readonly services: readonly CloudService[];
  /** Names of the ECR repositories; undefined where they may not be listed. */
  readonly repositories: readonly string[] | undefined;
}

/** What came of asking. `notes` say what was not answered, and what follows from it. */
export type CloudAnswer =
  | { readonly kind: 'cloud'; readonly cloud: Cloud; readonly notes: readonly string[] }
  | { readonly kind: 'not-asked'; readonly why: string; readonly notes: readonly string[] };
