// What a service of the local AWS is: a name, the SDK's own schemas, and a function for each operation.
// The wire parses requests and checks responses with the schemas, so operations see plain typed objects.
import type { EnumTable } from './shape-check.ts';

export interface CallContext {
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
}

/** `input` and the answer are the SDK's shapes: timestamps are `Date`, lists are arrays, blobs are `Uint8Array`. */
export type Operation<I, O> = (input: I, context: CallContext) => Promise<O>;

/** An operation typed by the SDK: `SdkOperation<CreateClusterCommandInput, CreateClusterCommandOutput>`. */
export type SdkOperation<I, O> = Operation<I, Omit<O, '$metadata'>>;

/** Any operation fits `Operation<never, unknown>`; only the wire, which has checked the input, may call it so. */
export type Operations = Readonly<Record<string, Operation<never, unknown>>>;

interface ServiceBase {
  /** The SigV4 signing name: `ecs`, `ecr`, `logs`, `sts`, `elasticloadbalancing`. */
  readonly name: string;
  /** All that the SDK client package exports (`import * as schemas`); the wire looks up `<Operation>$` there. */
  readonly schemas: Readonly<Record<string, unknown>>;
  /** By operation name: `{ CreateCluster: … }`. One that the schemas know and this lacks is "not implemented". */
  readonly operations: Operations;
  /** Before each operation, also one that reads: rejects where the service will never be ready. */
  readonly ready?: () => Promise<void>;
  /** Before the answer of a call that may change something: rejects while the state cannot be written. */
  readonly caughtUp?: () => Promise<void>;
  /** Words that the service takes from a fixed list. By default any are let pass to the operation. */
  readonly enums?: EnumTable;
  /** The error code for a member that is missing. By default that of the protocol, see request-check.ts. */
  readonly validationCode?: string;
}

export interface JsonService extends ServiceBase {
  readonly protocol: 'json';
  /** What comes before the dot in `X-Amz-Target`, e.g. `AmazonEC2ContainerServiceV20141113`. */
  readonly targetPrefix: string;
  /** Default 1.1. */
  readonly jsonVersion?: '1.0' | '1.1';
  /** Speaks Smithy RPC v2 CBOR too, under `/service/<targetPrefix>/operation/<Operation>`. */
  readonly cbor?: boolean;
  /**
   * Spoke the query protocol first: errors carry their query code in `x-amzn-query-error`, which is the one that
   * clients show. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
   */
  readonly queryCompatible?: boolean;
}

export interface QueryService extends ServiceBase {
  readonly protocol: 'query';
  /** The `Version` parameter that clients send, e.g. `2015-12-01`. */
  readonly version: string;
  readonly xmlNamespace: string;
}

export type AwsService = JsonService | QueryService;
