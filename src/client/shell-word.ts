/** Beside the clients, which print commands for people to copy. */
export { shellWord, slipwayCommand } from '../release/shell-word.ts';
