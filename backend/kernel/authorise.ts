import type { OperatorId } from '#protocol/ids.ts'
import type { Permission, Role } from '#protocol/permission.ts'
import type { CommandFacts, Verdict } from '#protocol/verdict.ts'

/** Who asks: a person with the roles held now, or a service key with the commands that the log certified for it. */
export type Actor =
  | Person
  | { readonly kind: 'service'; readonly operator: OperatorId; readonly commands: ReadonlySet<string> }
  | { readonly kind: 'log'; readonly operator: OperatorId }
export interface Person {
  readonly kind: 'person'
  readonly operator: OperatorId
  readonly roles: readonly Role[]
}

/** What is asked for: a command, or reading something that a permission guards. */
export interface Wish {
  readonly permission: Permission
  /** The command's name; absent for reading. */
  readonly command?: string
  /** What the policy may look at of the command's parameters (`facts` of its definition). */
  readonly facts?: CommandFacts
}

/** @throws LibralError `policy.broken` when the policy can't be judged: nobody may do anything then */
export type Authorise = (actor: Actor, wish: Wish) => Verdict

/**
 * The one place that decides what anyone may do. A person may what the policy in force permits; a service may do the
 * commands that it is named for, and nothing else; the log key writes the log's own entries.
 */
export const createAuthorise =
  (judge: (person: Person, wish: Wish) => Verdict): Authorise =>
  (actor, wish) => {
    switch (actor.kind) {
      case 'person':
        return judge(actor, wish)
      case 'service':
        return certified(wish.command !== undefined && actor.commands.has(wish.command))
      case 'log':
        return certified(wish.command?.startsWith('log.') === true)
    }
  }

const certified = (permitted: boolean): Verdict => ({ permitted, approvals: null, policies: [] })

/** Whether a person may read what this permission guards; no when the policy can't be judged. */
export const mayRead = (authorise: Authorise, person: Omit<Person, 'kind'>, permission: Permission): boolean => {
  try {
    return authorise({ ...person, kind: 'person' }, { permission }).permitted
  } catch {
    return false
  }
}
