/** Settings of all AWS clients: one try a call, as Temporal retries; region and credentials by the SDK's own chain. */
export const AWS_CLIENT = { maxAttempts: 1 } as const;
