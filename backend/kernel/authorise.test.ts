import { describe, expect, it } from 'vitest'
import type { OperatorId } from '#protocol/ids.ts'
import type { Verdict } from '#protocol/verdict.ts'
import { createAuthorise, mayRead } from './authorise.ts'

const yes: Verdict = { permitted: true, approvals: null, policies: ['a'] }
const authorise = createAuthorise(({ roles }) => (roles.includes('operator') ? yes : { ...yes, permitted: false }))
const operator = 'x' as OperatorId

describe('authorise', () => {
  const service = { kind: 'service', operator: 'service:hub' as OperatorId, commands: new Set(['hub.record']) } as const
  it('holds a service to its commands and gives it nothing to read', () => {
    expect(authorise(service, { permission: 'hub.operate', command: 'hub.record' }).permitted).toBe(true)
    expect(authorise(service, { permission: 'hub.operate', command: 'hub.stopModule' }).permitted).toBe(false)
    expect(authorise(service, { permission: 'hub.read' }).permitted).toBe(false)
  })
  it('holds the log key to the log', () => {
    const log = { kind: 'log', operator: 'service:log' as OperatorId } as const
    expect(authorise(log, { permission: 'log.read', command: 'log.open' }).permitted).toBe(true)
    expect(authorise(log, { permission: 'log.read', command: 'session.open' }).permitted).toBe(false)
  })
  it('asks the policy about persons alone', () => {
    expect(authorise({ kind: 'person', operator, roles: ['operator'] }, { permission: 'hub.read' })).toBe(yes)
    expect(authorise({ kind: 'person', operator, roles: [] }, { permission: 'hub.read' }).permitted).toBe(false)
  })
  it('reads nothing where the policy can not be judged', () => {
    const broken = createAuthorise(() => {
      throw new Error('broken')
    })
    expect(mayRead(broken, { operator, roles: ['administrator'] }, 'hub.read')).toBe(false)
    expect(() => broken({ kind: 'person', operator, roles: [] }, { permission: 'hub.read' })).toThrow()
  })
})
