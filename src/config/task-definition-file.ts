/**
 * A first look at a task definition file of the repository: enough to fail before anything is built.
 */
const LONGEST_BODY = 64 * 1024;

interface ContainerLike {
  readonly name?: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is wrong with the file, or undefined. `containers` are those whose image Slipway sets; none means
 * that the only container is meant.
 */
export function taskDefinitionProblem(
  text: string | undefined,
  containers: readonly string[],
): string | undefined {
  if (text === undefined) return 'is not a file of this commit';
  // ECS takes 64 KiB for the whole request.
  if (Buffer.byteLength(text) > LONGEST_BODY) return 'is longer than the 64 KiB that ECS takes';
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`;
  }
  if (!isObject(body)) return 'is not a JSON object';
  if (isObject(body.taskDefinition)) return 'has "taskDefinition" around it: keep only what is inside';
  if (typeof body.family !== 'string') return 'has no "family"';
  if (!Array.isArray(body.containerDefinitions)) return 'has no list "containerDefinitions"';
  const names = (body.containerDefinitions as ContainerLike[]).map((container) => String(container?.name));
  const missing = containers.find((name) => !names.includes(name));
  if (missing !== undefined) {
    return `has no container ${JSON.stringify(missing)}; it has ${names.join(', ') || 'none'}`;
  }
  if (containers.length === 0 && names.length !== 1) {
    return `has ${names.length} containers: say under "containers" which of them runs which image`;
  }
  return undefined;
}
