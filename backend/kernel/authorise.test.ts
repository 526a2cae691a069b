import { describe, expect, it } from 'vitest'
import { commands } from '#protocol/catalogue.ts'
import type { OperatorId } from '#protocol/ids.ts'
import { type Permission, permissions, type Role, roles } from '#protocol/permission.ts'
import { createAuthorise } from './authorise.ts'
import { permissionsOf, policyHash, policySchema, seedPolicy } from './policy.ts'

const policy = seedPolicy()
const authorise = createAuthorise(policy)
const may = (role: Role, permission: Permission): boolean =>
  authorise({ kind: 'person', operator: 'x' as OperatorId, roles: [role] }, { permission }).permitted
const granted = (role: Role): readonly Permission[] => permissions.filter((permission) => may(role, permission))

describe('the seed policy', () => {
  it('gives auditors every reading and no action', () => {
    expect(granted('auditor')).toEqual(permissions.filter((permission) => permission.endsWith('.read')))
  })
  it('gives administrators everything but what is sealed, and emergencies', () => {
    const custodians = new Set<Permission>(['sealed.open', 'approvals.emergency'])
    expect(granted('administrator')).toEqual(permissions.filter((permission) => !custodians.has(permission)))
    for (const permission of custodians) expect(may('custodian', permission)).toBe(true)
  })
  it('keeps the log from operators, and operating from custodians', () => {
    expect(may('operator', 'hub.operate')).toBe(true)
    expect(may('operator', 'log.read')).toBe(false)
    expect(may('custodian', 'log.read')).toBe(true)
    expect(may('custodian', 'hub.operate')).toBe(false)
    expect(may('custodian', 'events.handover')).toBe(true)
  })
  it('lets every role end its own session, and every command be allowed to someone', () => {
    for (const role of roles) expect(may(role, 'session.read')).toBe(true)
    for (const { permission } of commands) expect(roles.some((role) => may(role, permission))).toBe(true)
  })
  it('has a hash that changes with it', () => {
    expect(policyHash(policy)).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(policyHash({ ...policy, roles: { ...policy.roles, auditor: [] } })).not.toBe(policyHash(policy))
    expect(policySchema.safeParse({ v: 1, roles: { operator: ['everything'] } }).success).toBe(false)
  })
  it('adds up over roles', () => {
    expect(permissionsOf(policy, ['operator', 'custodian'])).toContain('log.read')
    expect(permissionsOf(policy, [])).toEqual([])
  })
})

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
  it('gives nothing to somebody without a role', () => {
    const nobody = { kind: 'person', operator: 'x' as OperatorId, roles: [] } as const
    expect(authorise(nobody, { permission: 'hub.read' }).permitted).toBe(false)
  })
})
