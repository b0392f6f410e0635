// What create.js and destroy.js say, and how they end.

export const created = (what) => console.log(`created  ${what}`);
export const found = (what) => console.log(`found    ${what}`);
export const removed = (what) => console.log(`removed  ${what}`);

/** Runs the script; an error becomes one line that says what to do, and exit code 1. */
export async function main(script) {
  try {
    await script();
  } catch (error) {
    console.error(
      `error: ${error.name === 'Error' ? '' : `${error.name}: `}${error.message}${advice(error)}`,
    );
    process.exitCode = 1;
  }
}

function advice(error) {
  if (error.name === 'CredentialsProviderError')
    return ' (run `aws configure`, or `eval "$(slipway local env)"`)';
  if (/region is missing/i.test(error.message)) return ' (set AWS_REGION)';
  if (error.code === 'ECONNREFUSED') return ` (nobody listens at ${process.env.AWS_ENDPOINT_URL ?? 'AWS'})`;
  return '';
}

/** The answer of `ask`, or undefined where AWS says that there is no such thing. */
export async function unlessMissing(errorName, ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.name === errorName) return undefined;
    throw error;
  }
}
