/** All workflows of Slipway; the bundle is made from this file. */
export { deploy } from './deploy.ts';
export { environment } from './environment.ts';
export { gc } from './gc.ts';
export { ledger } from './ledger.ts';
export { plan } from './plan.ts';
export { rollback } from './rollback.ts';
export { survey } from './survey.ts';
