// Deleting one image or one tag of it, by the rules of BatchDeleteImage, whichever door it is asked at.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
import type * as sdk from '@aws-sdk/client-ecr';
import { imageFailure, imageIdentifiers } from './image-operations.ts';
import { type ImageId, lookUpImage, removeImage } from './repositories.ts';
import { type RepositoryRecord, tagsOf } from './state.ts';

export type Deletion =
  | { readonly deleted: readonly sdk.ImageIdentifier[]; readonly failure?: undefined }
  | { readonly failure: sdk.ImageFailure };

/** By tag: the tag goes, and the image with its last tag. By digest: the image goes with all its tags. */
export function deleteImage(repository: RepositoryRecord, id: ImageId): Deletion {
  const image = lookUpImage(repository, id);
  if (typeof image === 'string') return { failure: imageFailure(id, image) };
  const { digest } = image;
  const { imageTag } = id;
  if (imageTag !== undefined && tagsOf(repository, digest).length > 1) {
    delete repository.tags[imageTag];
    return { deleted: [{ imageDigest: digest, imageTag }] };
  }
  const holders = Object.values(repository.images).filter(({ children }) => children.includes(digest));
  if (holders.length > 0) {
    return {
      failure: {
        imageId: id,
        failureCode: 'ImageReferencedByManifestList',
        failureReason: `Requested image referenced by manifest list: [${holders.map((each) => each.digest).join(', ')}]`,
      },
    };
  }
  const deleted =
    imageTag === undefined ? imageIdentifiers(repository, image) : [{ imageDigest: digest, imageTag }];
  removeImage(repository, digest);
  return { deleted };
}
