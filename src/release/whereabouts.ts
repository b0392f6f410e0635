/** Where an environment is: in which cluster, and who changes it there. */
import { deployQueue } from './names.ts';

export interface Whereabouts {
  readonly cluster: string;
  /** As `deployQueue` in names.ts takes it: the deploy pool of another AWS account. Absent: the common one. */
  readonly deployQueue?: string;
}

/** That alone, of whatever is somewhere. */
export const whereaboutsOf = ({ cluster, deployQueue: name }: Whereabouts): Whereabouts => ({
  cluster,
  ...(name !== undefined && { deployQueue: name }),
});

export const isSamePlace = (one: Whereabouts, other: Whereabouts): boolean =>
  one.cluster === other.cluster && one.deployQueue === other.deployQueue;

/** For people. */
export const placeText = (where: Whereabouts): string =>
  `cluster ${where.cluster} (deploy queue ${deployQueue(where.deployQueue)})`;
