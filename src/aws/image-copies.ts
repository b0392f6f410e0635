/**
 * Copies of images between ECR registries, as the deploy pool of the target makes them. A token of GetAuthorizationToken
 * opens every registry of its region whose repositories let this role in, be it in another account.
 */
import { addressOf } from './registry.ts';
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
    // The other environment has said where its image is: our password, which opens our registry, is for AWS alone.
    const isKin = domainOf(from) === domainOf(to);
    return copyBetweenRegistries({
      ...rest,
      from: {
        repositoryUri: from,
        credentials: isKin ? await loginIn(regionOf(from)) : null,
        advice: READING,
      },
      to: { repositoryUri: to, credentials: await loginIn(regionOf(to)), advice: WRITING },
    });
  },
});

const ECR_HOST = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.([^/]+)/;

/** `<account>.dkr.ecr.<region>.amazonaws.com/…`; undefined for any other host. */
export const regionOf = (repositoryUri: string): string | undefined => ECR_HOST.exec(repositoryUri)?.[1];

/** Whose servers those are: `amazonaws.com`; all of this machine are one. */
const domainOf = (repositoryUri: string): string =>
  ECR_HOST.exec(repositoryUri)?.[2] ?? (isLoopback(repositoryUri) ? 'localhost' : hostOf(repositoryUri));

const hostOf = (repositoryUri: string): string => repositoryUri.slice(0, repositoryUri.indexOf('/'));

const isLoopback = (repositoryUri: string): boolean => addressOf(repositoryUri).base.startsWith('http:');
