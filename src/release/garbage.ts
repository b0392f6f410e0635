/** Which task definitions an environment may have deregistered, and why the others stay: rules without I/O. */

/** An ACTIVE revision, by its ARN; the tags are those that Slipway sets, absent where it has none. */
export interface RevisionView {
  readonly arn: string;
  readonly registeredAtMs: number;
  /** It was registered by a release, or as the copy that a rollback goes back to. */
  readonly isOurs: boolean;
  readonly service?: string | undefined;
  readonly app?: string | undefined;
  readonly environment?: string | undefined;
}

export interface GarbageRules {
  readonly app: string;
  readonly environment: string;
  /** Names in `slipway.yaml`. */
  readonly services: readonly string[];
  readonly nowMs: number;
  readonly minimumAgeMs: number;
}

/** Why it stays; null: nothing needs it. What is in use or needed is known before it is looked at. */
export const whyKept = (revision: RevisionView, rules: GarbageRules): string | null => {
  const { isOurs, service, app, environment, registeredAtMs } = revision;
  if (!isOurs) return 'not registered by Slipway';
  // Older versions of Slipway did not say for which environment: another one may share the family.
  if (app === undefined || environment === undefined)
    return 'registered before Slipway said for which environment';
  if (app !== rules.app || environment !== rules.environment) return `of ${environment} of ${app}`;
  if (service === undefined || !rules.services.includes(service))
    return 'of a service that is not deployed any more';
  // Where ECS does not say when, it counts as new.
  const ageMs = rules.nowMs - registeredAtMs;
  return ageMs >= rules.minimumAgeMs ? null : 'registered a short time ago';
};
