import { describe, expect, it } from 'vitest'
import { commands } from '#protocol/catalogue.ts'
import type { OperatorId } from '#protocol/ids.ts'
import { policyInForce, policyInForceKey, policyVersions } from '#protocol/policy.ts'
import { administrators } from '#protocol/session.ts'
import { policyHash } from '#trust/policies.ts'
import { mayRead } from '../authorise.ts'
import { wantsSeed } from './bring-seed.ts'
import { loadCedar } from './cedar.ts'
import { createPolicies, type Policies } from './policies.ts'
import { seedPolicy } from './seed.ts'

const cedar = await loadCedar()
const person = { operator: 'tanaka' as OperatorId, roles: ['administrator'] } as const
const make = (failed: string[] = []): Policies =>
  createPolicies({ cedar, seed: seedPolicy(), commands, failed: (hash) => failed.push(hash) })
const published = (policies: Policies, text: string, version = 2): void => {
  const hash = policyHash(text)
  policies.apply(policyVersions.name, '', { version, hash, text })
  policies.apply(policyInForce.name, policyInForceKey, { key: policyInForceKey, version, hash, seed: false })
}
const reads = (policies: Policies) => mayRead(policies.authorise(policies.rows), person, 'hub.read')

describe('the policies of a process', () => {
  it('judge by the set that the rows name, and tell of another', () => {
    const policies = make()
    let told = 0
    const end = policies.onChange(() => told++)
    expect(reads(policies)).toBe(true)
    published(policies, '@id("o") permit (principal in Role::"operator", action, resource);')
    expect(reads(policies)).toBe(false)
    expect(told).toBeGreaterThan(0)
    policies.apply('session.tokens', 'x', null)
    const before = told
    end()
    policies.apply(administrators.name, '', { operators: ['a', 'b', 'c'] })
    expect(told).toBe(before)
    expect(policies.rows.administrators()).toHaveLength(3)
  })
  it('permit nothing to anyone when the set in force can not be read, and say so', () => {
    const failed: string[] = []
    const policies = make(failed)
    published(policies, 'permit (principal, action')
    expect(failed).toEqual([policyHash('permit (principal, action')])
    expect(policies.broken()).toBe(true)
    expect(reads(policies)).toBe(false)
    const authorise = policies.authorise(policies.rows)
    const asked = () =>
      authorise({ ...person, kind: 'person' }, { permission: 'hub.operate', command: 'hub.stopModule' })
    expect(asked).toThrow(expect.objectContaining({ code: 'policy.broken' }))
    // What the log and its services have to write goes on.
    const log = { kind: 'log', operator: 'service:log' as OperatorId } as const
    expect(authorise(log, { permission: 'log.read', command: 'log.seedPolicy' }).permitted).toBe(true)
  })
  it('permit nothing under a set that this process has never seen', () => {
    const policies = make()
    const row = { key: policyInForceKey, version: 9, hash: policyHash('unseen'), seed: false }
    policies.apply(policyInForce.name, policyInForceKey, row)
    expect(policies.broken()).toBe(true)
    expect(reads(policies)).toBe(false)
  })
})

describe("a build's own set", () => {
  const row = (hash: string, seed: boolean) => ({ hash, seed })
  it('comes into a log that has none, or none but those of builds, once', () => {
    expect(wantsSeed([], 'a')).toBe(true)
    expect(wantsSeed([row('a', true)], 'a')).toBe(false)
    expect(wantsSeed([row('a', true)], 'b')).toBe(true)
    expect(wantsSeed([row('a', true), row('b', true)], 'a')).toBe(false)
    expect(wantsSeed([row('a', true), row('c', false)], 'b')).toBe(false)
  })
})
