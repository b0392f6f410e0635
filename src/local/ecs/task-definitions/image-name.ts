// Takes image references apart: `registry/repository:tag@digest`.

export interface ImageName {
  /** Registry and repository, without tag and digest. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Undefined if the text cannot be an image reference. */
export function parseImageName(image: string): ImageName | undefined {
  const match = /^([^\s@]+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image);
  const repository = match?.[1];
  if (!repository || repository.startsWith('/') || repository.endsWith('/')) return undefined;
  const [tag, digest] = [match[2], match[3]];
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The same image, named by digest: what a deployment's later tasks pull once the first has resolved the tag. */
export function pinned(image: string, digest: string | undefined): string {
  const name = parseImageName(image);
  return digest === undefined || !name ? image : `${name.repository}@${digest}`;
}
