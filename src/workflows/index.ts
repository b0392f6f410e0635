/** All workflows of Slipway; the bundle is made from this file. */
export { checks } from './checks.ts';
export { deploy } from './deploy.ts';
export { environment } from './environment.ts';
export { gc } from './gc.ts';
export { ledger } from './ledger.ts';
export { logs } from './logs.ts';
export { notify } from './notify.ts';
export { plan } from './plan.ts';
export { reconcile } from './reconcile.ts';
export { reconcilePulls } from './reconcile-pulls.ts';
export { rollback } from './rollback.ts';
export { survey } from './survey.ts';
