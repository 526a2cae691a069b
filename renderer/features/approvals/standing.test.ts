import { describe, expect, it } from 'vitest'
import type { ProposalRow } from '#protocol/approvals.ts'
import { approversOf, isJudged, lackingOf, type Me, refusalFor, sorted } from './standing.ts'

const row = (over: Partial<ProposalRow> = {}): ProposalRow =>
  ({
    id: 'a',
    operator: 'tanaka',
    need: { count: 2, roles: ['custodian'], withinMs: 1_000 },
    expiresAt: 1_000,
    votes: [],
    state: 'open',
    review: 'none',
    ...over,
  }) as unknown as ProposalRow
const vote = (operator: string, purpose = 'approve') => ({ operator, purpose }) as ProposalRow['votes'][number]
const sato: Me = { operator: 'sato', roles: ['custodian'], permissions: ['approvals.emergency', 'approvals.review'] }
const tanaka: Me = { operator: 'tanaka', roles: ['operator', 'custodian'], permissions: [] }
const ito: Me = { operator: 'ito', roles: ['operator'], permissions: [] }

describe('what waits for whom', () => {
  it('waits for approvers who have not answered, and never for who proposed it', () => {
    expect(refusalFor(row(), sato, 'approve', 1)).toBeNull()
    expect(refusalFor(row({ votes: [vote('sato')] }), sato, 'approve', 1)?.code).toBe('approvals.voted')
    expect(refusalFor(row(), tanaka, 'approve', 1)?.code).toBe('approvals.own')
    expect(refusalFor(row(), ito, 'approve', 1)?.code).toBe('approvals.not-approver')
    expect(refusalFor(row(), sato, 'approve', 1_000)?.code).toBe('approvals.closed')
    expect(refusalFor(row(), tanaka, 'withdraw', 1)).toBeNull()
    expect(refusalFor(row(), ito, 'break-glass', 1)?.code).toBe('approvals.no-emergency')
    expect(refusalFor(row({ state: 'decided', review: 'due' }), sato, 'review', 1)).toBeNull()
  })

  it('counts who has approved, and what is missing', () => {
    const half = row({ votes: [vote('sato'), vote('tanaka')] })
    expect(approversOf(half)).toEqual(['sato'])
    expect(lackingOf(half)).toBe(1)
    expect(isJudged(half)).toBe(false)
    expect(isJudged(row({ votes: [vote('sato'), vote('ito')] }))).toBe(true)
  })

  it('puts first what waits for me, the soonest to end before the others', () => {
    const rows = [
      row({ id: 'late' as never, expiresAt: 900 }),
      row({ id: 'soon' as never, expiresAt: 500 }),
      row({ id: 'mine' as never, operator: 'sato' as never }),
      row({ id: 'answered' as never, votes: [vote('sato')] }),
      row({ id: 'over' as never, expiresAt: 10 }),
    ]
    const { waiting, mine, others } = sorted(rows, sato, 100)
    expect(waiting.map(({ id }) => id)).toEqual(['soon', 'late'])
    expect(mine.map(({ id }) => id)).toEqual(['mine'])
    expect(others.map(({ id }) => id)).toEqual(['answered'])
  })
})
