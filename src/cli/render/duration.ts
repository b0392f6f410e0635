export { humanDuration } from '../../release/human-duration.ts';
