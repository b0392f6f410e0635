/**
 * Copies of images between ECR registries, as the deploy pool of the target makes them. A token of GetAuthorizationToken
 * opens every registry of its region whose repositories let this role in, be it in another account.
 */
import { type CopyOptions, type CopyOutcome, copyBetweenRegistries } from './registry-copy.ts';
import type { RegistryCredentials } from './registry-request.ts';

export interface ImageCopies {
  copy(request: CopyRequest): Promise<CopyOutcome>;
}

export interface CopyRequest extends Pick<CopyOptions, 'digest' | 'tag' | 'signal' | 'onProgress'> {
  /** `<registry host>/<repository>`. */
  readonly from: string;
  readonly to: string;
}

const READING =
  'let the role of this deploy worker read: a repository policy there that allows it ecr:BatchGetImage and ' +
  'ecr:GetDownloadUrlForLayer, and the same in its own policy (docs/environments.md, "Two AWS accounts")';
const WRITING =
  'give the role of this deploy worker ecr:BatchGetImage, ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ' +
  'ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage on this repository';

/** @param loginIn of a region; undefined: the worker's own */
export const createImageCopies = (
  loginIn: (region: string | undefined) => Promise<RegistryCredentials>,
): ImageCopies => ({
  async copy({ from, to, ...rest }) {
    return copyBetweenRegistries({
      ...rest,
      from: { repositoryUri: from, credentials: await loginIn(regionOf(from)), advice: READING },
      to: { repositoryUri: to, credentials: await loginIn(regionOf(to)), advice: WRITING },
    });
  },
});

/** `<account>.dkr.ecr.<region>.amazonaws.com/…`; undefined for any other host. */
export const regionOf = (repositoryUri: string): string | undefined =>
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\./.exec(repositoryUri)?.[1];
