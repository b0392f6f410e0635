/**
 * What people give as a commit, and where repositories may be: checked before git sees either.
 */
import { ConfigurationError } from '../errors.ts';

export const FULL_SHA = /^[0-9a-f]{40}$/;
export const SHORT_SHA = /^[0-9a-f]{4,39}$/;

// The rules of git check-ref-format that matter here, and no leading dash.
const REFERENCE = /^(?![-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|\/$|\.$))[^\p{Cc} ~^:?*[\\]{1,250}$/u;

/** Errors: ConfigurationError for anything git could take for an option, a range or an expression. */
export function checkReference(reference: string): string {
  if (!REFERENCE.test(reference)) {
    throw new ConfigurationError(`not a commit, branch or tag: ${JSON.stringify(reference.slice(0, 300))}`, {
      advice: 'give a commit SHA, a branch or a tag by its plain name',
    });
  }
  return reference;
}

const URL_FORMS = [
  /^\/[^\p{Cc}]+$/u, // a local path
  /^file:\/\/\/[^\p{Cc}]+$/u,
  /^https?:\/\/(?:[^\s:@/]+@)?[^\s@/]+\/[^\p{Cc}\s]+$/u,
  /^ssh:\/\/(?:[^\s:@/-][^\s:@/]*@)?[^\s@/-][^\s@/]*\/[^\p{Cc}\s]+$/u,
  /^(?:[A-Za-z0-9_.][\w.-]*@)?[A-Za-z0-9][\w.-]*:(?!\/\/)[^-:\p{Cc}\s][^:\p{Cc}\s]*$/u, // host:path
];

/** A local path, https, http or ssh; no password in it, as it would show in the list of processes. */
export function checkRepositoryUrl(url: string): string {
  if (!URL_FORMS.some((form) => form.test(url))) {
    throw new ConfigurationError(
      'the repository is not an absolute path or an https or ssh URL without password',
      {
        advice: 'keep the credential in a git credential helper or an SSH agent of the control worker',
      },
    );
  }
  return url;
}
