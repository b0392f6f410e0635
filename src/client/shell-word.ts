/** Beside the clients, which print commands for people to copy. */
export { shellWord } from '../release/shell-word.ts';
