/**
 * Settings of the AWS clients of the command line: the person's own credentials, by the SDK's usual chain. They end in
 * time wherever an address leads.
 */
export interface UserAwsSettings {
  readonly maxAttempts: number;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    /** Otherwise the SDK only warns, and waits on. */
    readonly throwOnRequestTimeout: true;
  };
  readonly region?: string;
}

export function userAwsSettings(region: string | undefined): UserAwsSettings {
  // Node 20 is supported here; the SDK's notice would stand above every answer.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return {
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 6_000, throwOnRequestTimeout: true },
    ...(region === undefined ? {} : { region }),
  };
}
