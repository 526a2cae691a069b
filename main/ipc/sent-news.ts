import type { SentCommand, SentNews } from '#protocol/desktop.ts'

/**
 * What a window has to hear of the sent commands, given what it was told last. A desk lists them anew at each change,
 * so they are compared by what changes about a command; the window drops the oldest by the same bound as the desk.
 * A list that shares nothing with the last one is another deployment's.
 */
export const sentNews = (last: readonly SentCommand[] | null, now: readonly SentCommand[]): SentNews => {
  if (last === null) return { whole: true, commands: [...now] }
  const known = new Map(last.map((command) => [command.id, command]))
  if (!now.some(({ id }) => known.has(id))) return { whole: true, commands: [...now] }
  return { whole: false, commands: now.filter((command) => !says(known.get(command.id), command)) }
}

/** A command's state settles once with its outcome or failure; an expiry that was withdrawn keeps its state. */
const says = (before: SentCommand | undefined, now: SentCommand): boolean =>
  before !== undefined &&
  (before === now ||
    (before.state === now.state &&
      before.outcome?.index === now.outcome?.index &&
      before.failure?.code === now.failure?.code))
