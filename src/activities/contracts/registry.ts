/** What the deploy pool does in the registry. */

export interface MoveLatestInput {
  readonly images: readonly {
    readonly image: string;
    readonly repositoryUri: string;
    readonly digest: string;
    /** Moved only where `latest` names this digest now: what somebody else has moved since is left alone. */
    readonly onlyFrom?: string;
  }[];
}

/** From the registry of one account to that of another. */
export interface CopyImageInput {
  readonly image: string;
  /** `<registry host>/<repository>`. */
  readonly from: string;
  readonly to: string;
  /** The same on both sides: manifests are copied to the byte. */
  readonly digest: string;
  /** What it is called there: the commit. */
  readonly tag: string;
}

export interface CopiedImage {
  /** Blobs and manifests that were not there before. */
  readonly uploaded: number;
}

export interface TagKeptInput {
  readonly environment: string;
  readonly images: readonly {
    readonly image: string;
    readonly repositoryUri: string;
    /** The release's own first, then those before it; each keeps a tag or gets one. */
    readonly digests: readonly string[];
  }[];
  /** As many tags as there are. */
  readonly slots: number;
}
