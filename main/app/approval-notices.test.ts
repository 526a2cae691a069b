import { describe, expect, it } from 'vitest'
import type { ProposalRow } from '#protocol/approvals.ts'
import { noticeOf } from './approval-notices.ts'

const row = (over: Partial<ProposalRow> = {}): ProposalRow =>
  ({
    ...{ operator: 'tanaka', state: 'open', expiresAt: 1_000, votes: [] },
    need: { count: 1, roles: ['custodian'], withinMs: 60_000 },
    ...over,
  }) as unknown as ProposalRow

describe('who is told of a proposal', () => {
  it('tells those whom it waits for, and nobody else', () => {
    expect(noticeOf(row(), 'sato', ['custodian'], 1)).toBe('waits')
    expect(noticeOf(row(), 'tanaka', ['custodian'], 1)).toBeNull()
    expect(noticeOf(row(), 'ito', ['operator'], 1)).toBeNull()
    expect(noticeOf(row(), 'sato', ['custodian'], 1_000)).toBeNull()
  })
  it('tells everybody of an emergency but who acted', () => {
    const votes = [{ purpose: 'break-glass', operator: 'sato' }] as ProposalRow['votes']
    expect(noticeOf(row({ votes, state: 'decided' }), 'ito', ['operator'], 1)).toBe('emergency')
    expect(noticeOf(row({ votes, state: 'decided' }), 'sato', ['custodian'], 1)).toBeNull()
  })
})
