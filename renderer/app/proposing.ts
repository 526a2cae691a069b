import type { Json } from '#protocol/command.ts'
import type { SentCommand } from '#protocol/desktop.ts'
import { cell } from './live.ts'

/** A command that was refused because others have to approve it first: the window offers to propose it. */
export interface Proposable {
  readonly sent: SentCommand
  readonly params: Readonly<Record<string, Json>>
}
export const proposing = cell<Proposable | null>(null)
