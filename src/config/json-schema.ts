/**
 * The JSON Schema of `slipway.yaml` for editors, from the same source as the checks.
 */
import { z } from 'zod';
import { configurationSchema } from './schema.ts';

/** Text of `slipway.schema.json`. */
export function jsonSchemaText(): string {
  // Draft 7 is what editors' YAML support understands best.
  const schema = z.toJSONSchema(configurationSchema, { target: 'draft-7', io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'Slipway configuration (slipway.yaml)' }, null, 2)}\n`;
}
