/**
 * The `ledger` workflow: one question about an environment's past, and its answer out of the store, to which starters
 * have no access. A workflow of its own for each, so that the environment's history stays free of questions.
 */
import type { LedgerAnswer, LedgerQuestion } from '../release/environment/ledger-question.ts';
import { ledgers } from './pools/control.ts';

export const ledger = (question: LedgerQuestion): Promise<LedgerAnswer> => ledgers.readLedger(question);
