import type { OperatorId } from '#protocol/ids.ts'
import type { Permission, Role } from '#protocol/permission.ts'
import type { CommandFacts, Verdict } from '#protocol/verdict.ts'
import type { Policy } from './policy.ts'

/** Who asks: a person with the roles held now, or a service key with the commands that the log certified for it. */
export type Actor =
  | { readonly kind: 'person'; readonly operator: OperatorId; readonly roles: readonly Role[] }
  | { readonly kind: 'service'; readonly operator: OperatorId; readonly commands: ReadonlySet<string> }
  | { readonly kind: 'log'; readonly operator: OperatorId }

/** What is asked for: a command, or reading something that a permission guards. */
export interface Wish {
  readonly permission: Permission
  /** The command's name; absent for reading. */
  readonly command?: string
  /** What the policy may look at of the command's parameters (`facts` of its definition). */
  readonly facts?: CommandFacts
}

export type Authorise = (actor: Actor, wish: Wish) => Verdict

/**
 * The one place that decides what anyone may do. A person needs a role that the policy grants the permission; a service
 * may do the commands that it is named for, and nothing else; the log key writes the log's own entries.
 */
export const createAuthorise = (policy: Policy): Authorise => {
  const granted = new Map<Role, ReadonlySet<Permission>>()
  for (const [role, permissions] of Object.entries(policy.roles)) granted.set(role as Role, new Set(permissions))
  return (actor, wish) => {
    switch (actor.kind) {
      case 'person':
        return verdict(actor.roles.some((role) => granted.get(role)?.has(wish.permission) === true))
      case 'service':
        return verdict(wish.command !== undefined && actor.commands.has(wish.command))
      case 'log':
        return verdict(wish.command?.startsWith('log.') === true)
    }
  }
}

const verdict = (permitted: boolean): Verdict => ({ permitted, approvals: null, policies: [] })
