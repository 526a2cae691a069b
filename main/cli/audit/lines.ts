import { plainText } from '../../vault/ask/plain-text.ts'

/** Lines for the terminal. Whatever stands in them may come from a file that others wrote: none of it steers there. */
export const linesOf = (lines: readonly string[]): string => lines.map(plainText).join('\n')
