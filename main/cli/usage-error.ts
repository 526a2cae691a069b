/** What was wrong with the arguments, in words for the person at the terminal. */
export class UsageError extends Error {}
