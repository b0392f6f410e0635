// Turns a request's misfits with the schema into the errors that AWS gives for them.
// Unknown members are let pass: a newer client may know more than our copy of the model.
import { AwsError } from './aws-error.ts';
import type { AwsService } from './operations.ts';
import type { ShapeProblem } from './shape-check.ts';

export function rejectMisfits(service: AwsService, problems: readonly ShapeProblem[]): void {
  const wrongType = problems.find((each) => each.kind === 'type');
  if (wrongType !== undefined) {
    const code = service.protocol === 'query' ? 'MalformedInput' : 'SerializationException';
    const { path, expected, found } = wrongType;
    throw new AwsError(
      code,
      `${path === '' ? 'The request' : path}: a ${expected} is expected, not a ${found}`,
    );
  }
  const faults = problems.filter((each) => each.kind === 'missing' || each.kind === 'enum');
  if (faults.length === 0) return;
  const code =
    service.validationCode ??
    (service.protocol === 'query' ? 'ValidationError' : 'InvalidParameterException');
  const count = faults.length === 1 ? '1 validation error' : `${faults.length} validation errors`;
  throw new AwsError(code, `${count} detected: ${faults.slice(0, 10).map(constraint).join('; ')}`);
}

function constraint({ kind, path, expected, found }: ShapeProblem): string {
  const failed = 'failed to satisfy constraint: Member must';
  return kind === 'enum'
    ? `Value '${found.slice(0, 100)}' at '${path}' ${failed} satisfy enum value set: [${expected}]`
    : `Value null at '${path}' ${failed} not be null`;
}
