import type { SentCommand } from '#protocol/desktop.ts'
import { cell } from './live.ts'

/** The command that was refused because others have to approve it first: the window offers to propose it. */
export const proposing = cell<SentCommand | null>(null)
