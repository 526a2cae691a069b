import { isReady, voiceRefusal } from '#protocol/approval-rules.ts'
import type { ProposalRow, VotePurpose } from '#protocol/approvals.ts'
import type { Permission, Role } from '#protocol/permission.ts'

/** Who sits here. */
export interface Me {
  readonly operator: string
  readonly roles: readonly Role[]
  readonly permissions: readonly Permission[]
}

export type Refusal = NonNullable<ReturnType<typeof voiceRefusal>>

const permissionOf: Readonly<Partial<Record<VotePurpose, Permission>>> = {
  'break-glass': 'approvals.emergency',
  review: 'approvals.review',
}

/** Why I can't say this over a proposal now, or null. The key is judged when it signs. */
export const refusalFor = (row: ProposalRow, me: Me, purpose: VotePurpose, now: number): Refusal | null => {
  const asked = permissionOf[purpose]
  const operator = me.operator as ProposalRow['operator']
  return voiceRefusal(
    row,
    {
      ...{ purpose, operator, certificate: '' },
      permitted: asked === undefined || me.permissions.includes(asked),
    },
    {
      operator: (who) => (who === me.operator ? { roles: [...me.roles], disabled: false } : undefined),
      certificate: () => ({ operator, state: 'valid', expiresAt: null }),
    },
    now,
  )
}

/** Different operators who have approved it so far, the proposer left out. */
export const approversOf = (row: ProposalRow): readonly string[] => [
  ...new Set(
    row.votes
      .filter(({ purpose, operator }) => purpose === 'approve' && operator !== row.operator)
      .map(({ operator }) => operator),
  ),
]

export const lackingOf = (row: ProposalRow): number => Math.max(0, row.need.count - approversOf(row).length)

/** Approved, and being judged against the present state, or waiting for an approver whose key or role still counts. */
export const isJudged = (row: ProposalRow): boolean => row.state === 'open' && isReady(row)

/** What waits for me first, then what I proposed, then what others have to answer; what has run out is none of them. */
export const sorted = (open: readonly ProposalRow[], me: Me, now: number) => {
  const live = open.filter(({ expiresAt }) => expiresAt > now)
  const waiting = live.filter((row) => refusalFor(row, me, 'approve', now) === null)
  const mine = live.filter(({ operator }) => operator === me.operator)
  const others = live.filter((row) => !waiting.includes(row) && !mine.includes(row))
  const soonest = (rows: readonly ProposalRow[]) => rows.toSorted((one, other) => one.expiresAt - other.expiresAt)
  return { waiting: soonest(waiting), mine: soonest(mine), others: soonest(others) }
}
