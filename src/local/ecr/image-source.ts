// The port through which the ECS agent pulls from our registry without a `docker login`.

export interface PullCredentials {
  readonly username: string;
  readonly password: string;
  /** `localhost:<port>`, as it stands before the first slash of the image's name. */
  readonly serveraddress: string;
}

export interface ImageSource {
  /** For images of our own registry, what Docker's `X-Registry-Auth` needs; for any other, undefined. */
  pullCredentials(image: string): PullCredentials | undefined;
}
