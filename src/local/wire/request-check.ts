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
  const missing = problems.filter((each) => each.kind === 'missing');
  if (missing.length === 0) return;
  const code =
    service.validationCode ??
    (service.protocol === 'query' ? 'ValidationError' : 'InvalidParameterException');
  const count = missing.length === 1 ? '1 validation error' : `${missing.length} validation errors`;
  const each = missing.map(
    ({ path }) => `Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
  throw new AwsError(code, `${count} detected: ${each.join('; ')}`);
}
