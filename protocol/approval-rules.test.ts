import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  afterVote,
  closedFor,
  countingVotes,
  emergencyOf,
  ended,
  isReady,
  passage,
  type Standing,
  voiceRefusal,
} from './approval-rules.ts'
import { type ProposalRow, votePurposes } from './approvals.ts'
import type { Role } from './permission.ts'
import type { ApprovalNeed } from './verdict.ts'

const people = ['tanaka', 'sato', 'suzuki', 'ito', 'watanabe'] as const
const fingerprintOf = (operator: string) => `${people.indexOf(operator as (typeof people)[number])}`.repeat(40)
const expiresAt = 1_000

const rowOf = (over: Partial<ProposalRow> = {}): ProposalRow =>
  ({
    id: '01900000-0000-7000-8000-000000000000',
    operator: 'tanaka',
    certificate: fingerprintOf('tanaka'),
    need: { count: 2, roles: ['custodian'], withinMs: expiresAt },
    proposedAt: 0,
    expiresAt,
    votes: [],
    state: 'open',
    failure: null,
    endedAt: null,
    endedIndex: null,
    review: 'none',
    ...over,
  }) as unknown as ProposalRow

interface Person {
  roles: Role[]
  disabled: boolean
  certificate: 'valid' | 'retired' | 'compromised'
}
const all = (): Record<string, Person> =>
  Object.fromEntries(
    people.map((who) => [who, { roles: ['custodian'] as Role[], disabled: false, certificate: 'valid' }]),
  )
const standingOf = (world: Record<string, Person>): Standing => ({
  operator: (operator) => world[operator],
  certificate: (fingerprint) => {
    const operator = people.find((who) => fingerprintOf(who) === fingerprint)
    return operator && world[operator]
      ? { operator: operator as never, state: world[operator].certificate, expiresAt: null }
      : undefined
  },
})

const step = fc.oneof(
  fc.record({
    kind: fc.constant('vote' as const),
    operator: fc.constantFrom(...people, 'nobody'),
    /** Whose key made it. */
    keyOf: fc.option(fc.constantFrom(...people), { nil: null, freq: 6 }),
    purpose: fc.constantFrom(...votePurposes, 'approve' as const, 'approve' as const),
    permitted: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant('revoke' as const), operator: fc.constantFrom(...people) }),
  fc.record({ kind: fc.constant('disable' as const), operator: fc.constantFrom(...people) }),
  fc.record({ kind: fc.constant('roles' as const), operator: fc.constantFrom(...people), custodian: fc.boolean() }),
  fc.record({
    kind: fc.constant('policy' as const),
    count: fc.integer({ min: 1, max: 3 }),
    role: fc.constantFrom('custodian' as const, 'administrator' as const),
  }),
  fc.record({ kind: fc.constant('decide' as const), refused: fc.boolean() }),
  fc.record({ kind: fc.constant('expire' as const) }),
)

describe('a proposal', () => {
  it('is decided at most once, and only by those who may, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = all()
        const standing = standingOf(world)
        let row = rowOf()
        let need: ApprovalNeed = row.need
        let at = 0
        let decisions = 0
        for (const [index, one] of steps.entries()) {
          const before = row
          if (one.kind === 'clock') at += one.by
          else if (one.kind === 'revoke') (world[one.operator] as Person).certificate = 'retired'
          else if (one.kind === 'disable') (world[one.operator] as Person).disabled = true
          else if (one.kind === 'roles')
            (world[one.operator] as Person).roles = one.custodian ? ['custodian'] : ['operator']
          else if (one.kind === 'policy') need = { ...need, count: one.count, roles: [one.role] }
          else if (one.kind === 'expire') row = expiresAt <= at ? ended(row, 'expired', at, index) : row
          else if (one.kind === 'decide') {
            const found = passage(row, need, standing, at)
            if ('by' in found) {
              expect(at).toBeLessThan(expiresAt)
              for (const vote of found.by) {
                expect(world[vote.operator]).toMatchObject({ disabled: false, certificate: 'valid' })
              }
              if (!found.emergency) {
                expect(new Set(found.by.map(({ operator }) => operator)).size).toBe(found.by.length)
                expect(found.by.length).toBeGreaterThanOrEqual(need.count)
                for (const { operator, purpose } of found.by) {
                  expect(operator).not.toBe(row.operator)
                  expect(purpose).toBe('approve')
                  expect(world[operator]?.roles).toContain(need.roles[0])
                }
              }
              decisions += one.refused ? 0 : 1
              row = ended(row, one.refused ? 'failed' : 'decided', at, index)
            }
          } else {
            const voice = {
              purpose: one.purpose,
              operator: one.operator as never,
              certificate: fingerprintOf(one.keyOf ?? one.operator),
              permitted: one.permitted,
            }
            if (voiceRefusal(row, voice, standing, at) === null) {
              expect(one.keyOf ?? one.operator).toBe(one.operator)
              if (one.purpose !== 'review') expect(before.state).toBe('open')
              row = afterVote(row, { ...voice, reason: '', at, index })
            }
          }
          // What has ended stays as it ended.
          if (before.state !== 'open') expect(row.state).toBe(before.state)
        }
        expect(decisions).toBeLessThanOrEqual(1)
        for (const purpose of votePurposes) {
          const voices = row.votes.filter((vote) => vote.purpose === purpose).map(({ operator }) => operator)
          expect(new Set(voices).size).toBe(voices.length)
        }
      }),
      { numRuns: 500 },
    )
  })

  const vote = (operator: string, purpose: ProposalRow['votes'][number]['purpose'] = 'approve', index = 1) => ({
    ...{ purpose, operator: operator as never, certificate: fingerprintOf(operator), reason: '', at: 1, index },
  })
  const voice = (operator: string, purpose: ProposalRow['votes'][number]['purpose'], permitted = false) => ({
    ...vote(operator, purpose),
    permitted,
  })

  it('is ready at quorum, and passes by votes that still count then', () => {
    const world = all()
    const row = rowOf({ votes: [vote('sato'), vote('suzuki')] })
    expect(isReady(rowOf({ votes: [vote('sato')] }))).toBe(false)
    expect(isReady(row)).toBe(true)
    expect(passage(row, row.need, standingOf(world), 10)).toMatchObject({ emergency: false })
    ;(world['sato'] as Person).certificate = 'compromised'
    expect(countingVotes(row, row.need, standingOf(world), 10)).toHaveLength(1)
    expect(passage(row, row.need, standingOf(world), 10)).toMatchObject({
      refused: { code: 'command.needs-approvals', params: { count: 2, have: 1 } },
    })
  })

  it('is never approved by who proposed it, nor after its time', () => {
    const standing = standingOf(all())
    expect(voiceRefusal(rowOf(), voice('tanaka', 'approve'), standing, 10)?.code).toBe('approvals.own')
    expect(voiceRefusal(rowOf(), voice('sato', 'approve'), standing, expiresAt)?.code).toBe('approvals.closed')
    expect(passage(rowOf({ votes: [vote('tanaka'), vote('sato')] }), rowOf().need, standing, 10)).toHaveProperty(
      'refused',
    )
    expect(closedFor(undefined, 1)?.code).toBe('approvals.unknown')
  })

  it('is withdrawn by its proposer alone, and ended by one rejection', () => {
    const standing = standingOf(all())
    expect(voiceRefusal(rowOf(), voice('sato', 'withdraw'), standing, 10)?.code).toBe('approvals.not-proposer')
    expect(afterVote(rowOf(), vote('tanaka', 'withdraw')).state).toBe('withdrawn')
    expect(afterVote(rowOf({ votes: [vote('suzuki')] }), vote('sato', 'reject')).state).toBe('rejected')
  })

  it('passes in an emergency by one who may, and is then reviewed by neither of those who did it', () => {
    const standing = standingOf(all())
    expect(voiceRefusal(rowOf(), voice('sato', 'break-glass'), standing, 10)?.code).toBe('approvals.no-emergency')
    expect(voiceRefusal(rowOf(), voice('sato', 'break-glass', true), standing, 10)).toBeNull()
    const row = afterVote(rowOf(), vote('sato', 'break-glass'))
    expect(passage(row, row.need, standing, 10)).toMatchObject({ emergency: true })
    expect(emergencyOf(row, standingOf({}), 10)).toBeUndefined()
    const done = { ...ended(row, 'decided', 20, 2), review: 'due' as const }
    for (const who of ['sato', 'tanaka']) {
      expect(voiceRefusal(done, voice(who, 'review', true), standing, 30)?.code).toBe('approvals.own')
    }
    expect(voiceRefusal(done, voice('ito', 'review'), standing, 30)?.code).toBe('approvals.not-approver')
    expect(voiceRefusal(done, voice('ito', 'review', true), standing, 30)).toBeNull()
    expect(afterVote(done, vote('ito', 'review', 3)).review).toBe('done')
  })
})
