import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kernel } from '#backend/kernel/kernel.ts'
import { seedPolicy } from '#backend/kernel/policy/seed.ts'
import type { Outcome } from '#protocol/command.ts'
import { leaveHandover } from '#protocol/events.ts'
import type { OperatorId } from '#protocol/ids.ts'
import { publishPolicy } from '#protocol/policy.ts'
import { signByKey } from '#tests/fixtures/client/certified.ts'
import { hasPostgres, type PostgresServer, startPostgres } from '#tests/fixtures/servers/postgres.ts'
import { policyHash, policyHistory } from '#trust/policies.ts'
import {
  asDesktop,
  bySession,
  codeOf,
  entriesOf,
  keys,
  type Name,
  newWorld,
  settle,
  type World,
} from '../approvals/world.ts'

/** The seed, and that nobody leaves a handover note: a change that shows at the next command. */
const silence = '@id("silence")\nforbid (principal, action == Command::Action::"events.handOver", resource);\n'
const silent = `${seedPolicy()}\n${silence}`
const publish = async (kernel: Kernel, text: string, over: { base?: string; by?: Name } = {}): Promise<Outcome> => {
  const base = over.base ?? (await history(kernel)).versions.at(-1)?.hash ?? ''
  const by = over.by ?? 'ito'
  const params = { text, base, note: '試験のため' }
  const command = await signByKey(keys[by], {
    ...{ context: kernel.deployment.id, command: publishPolicy.name, params },
    ...{ operator: by, issuedAt: kernel.now(), lastsMs: 300_000 },
  })
  return kernel.submit(command)
}
const note = (kernel: Kernel): Promise<Outcome> =>
  asDesktop(kernel, 'tanaka', leaveHandover, { shift: '日勤', text: '異常なし' })
const history = async (kernel: Kernel) => policyHistory(await entriesOf(kernel))

let server: PostgresServer | undefined
beforeAll(async () => {
  if (hasPostgres) server = await startPostgres()
})
afterAll(() => server?.stop())

const engines = hasPostgres ? (['sqlite', 'postgres'] as const) : (['sqlite'] as const)
describe.each(engines)('the policy in the log, on %s', (engine) => {
  let world: World
  let kernel: Kernel
  beforeAll(async () => {
    world = await newWorld(engine === 'postgres' ? (server ?? null) : null)
    kernel = await world.open()
    await settle(kernel)
  })
  afterAll(() => world.remove())

  it('begins with the set that the build brings along', async () => {
    const { versions, faults } = await history(kernel)
    expect(faults).toEqual([])
    expect(versions.at(-1)).toMatchObject({ version: 1, text: seedPolicy(), seed: true, by: 'service:log' })
    expect((await entriesOf(kernel)).at(-1)?.policy).toBe(policyHash(seedPolicy()))
  })

  it('refuses what is wrong, old, the same, not signed by a key, or not permitted', async () => {
    expect(await codeOf(publish(kernel, silent.replace('events.handOver', 'events.leave')))).toBe('policy.invalid')
    expect(await codeOf(publish(kernel, 'permit ('))).toBe('policy.invalid')
    expect(await codeOf(publish(kernel, silent, { base: policyHash('older') }))).toBe('policy.outdated')
    expect(await codeOf(publish(kernel, seedPolicy()))).toBe('policy.unchanged')
    const nobody = '@id("a")\npermit (principal in Role::"operator", action, resource);'
    expect(await codeOf(publish(kernel, nobody))).toBe('policy.locks-out')
    expect(await codeOf(publish(kernel, silent, { by: 'tanaka' }))).toBe('command.not-permitted')
    const base = policyHash(seedPolicy())
    const unsigned = bySession(kernel, 'ito', publishPolicy, { text: silent, base, note: '試験' })
    expect(await codeOf(unsigned)).toBe('command.not-risk-allowed')
    expect((await history(kernel)).versions.at(-1)?.version).toBe(1)
  })

  it('takes effect with the next entry, and one of two that publish at once is told', async () => {
    await note(kernel)
    const base = policyHash(seedPolicy())
    const other = `${silent}// さらに\n`
    const raced = await Promise.all([
      codeOf(publish(kernel, silent, { base })),
      codeOf(publish(kernel, other, { base })),
      ...Array.from({ length: 12 }, () => codeOf(note(kernel))),
    ])
    expect(raced.slice(0, 2).toSorted()).toEqual(['none', 'policy.outdated'])
    expect(new Set(raced.slice(2))).not.toContain('internal.unexpected')
    const { versions, faults } = await history(kernel)
    expect(faults).toEqual([])
    expect(versions.at(-1)).toMatchObject({ version: 2, seed: false, by: 'ito', note: '試験のため' })
    const entries = await entriesOf(kernel)
    const since = versions.at(-1)?.index ?? 0
    expect(entries[since]?.policy).toBe(base)
    const after = entries.slice(since + 1).map(({ command }) => command.statement.command)
    expect(after).not.toContain(leaveHandover.name)
    expect(await codeOf(note(kernel))).toBe('command.not-permitted')
  })

  it('is the same on another instance and after a restart', async () => {
    if (engine === 'postgres') {
      const second = await world.open()
      expect(await codeOf(note(second))).toBe('command.not-permitted')
      await publish(second, seedPolicy())
      expect(await codeOf(note(kernel))).toBe('none')
      await publish(kernel, silent)
      expect(await codeOf(note(second))).toBe('command.not-permitted')
      await world.close(second)
    }
    await world.close(kernel)
    kernel = await world.open()
    expect(await codeOf(note(kernel))).toBe('command.not-permitted')
    const { versions, faults } = await history(kernel)
    expect(faults).toEqual([])
    expect(versions.at(-1)).toMatchObject({ text: expect.stringContaining('silence'), seed: false })
    const operator = 'ito' as OperatorId
    expect(kernel.permissionsOf(['administrator'], operator)).toContain('policy.publish')
  })

  it('keeps what a person published when a build brings another set', async () => {
    const { length } = (await history(kernel)).versions
    await world.close(kernel)
    kernel = await world.open(`${seedPolicy()}\n// 新しい版\n`)
    expect((await history(kernel)).versions).toHaveLength(length)
  })

  it('says beforehand what a command would meet', async () => {
    const rule = '@id("two") @approvals("2") @approvers("custodian") @within("2h")'
    await publish(kernel, `${seedPolicy()}\n${rule}\n${silence.slice(silence.indexOf('forbid'))}`)
    expect(await codeOf(note(kernel))).toBe('command.needs-approvals')
    const draft = await kernel.policy.check(silent)
    expect(draft).toMatchObject({ problems: [], hash: policyHash(silent) })
    const row = draft.effects.find(({ role, command }) => role === 'operator' && command === leaveHandover.name)
    expect(row?.verdict).toEqual({ permitted: false, approvals: null, policies: ['silence'] })
  })
})

describe('the set of a build', () => {
  it('follows the build while nobody has published, and never goes back', async () => {
    const world = await newWorld(null)
    const newer = `${seedPolicy()}\n// 新しい版\n`
    for (const [brought, version] of [
      [seedPolicy(), 1],
      [newer, 2],
      [seedPolicy(), 2],
    ] as const) {
      const kernel = await world.open(brought)
      const { versions, faults } = await history(kernel)
      expect(faults).toEqual([])
      expect(versions.at(-1)).toMatchObject({ version, seed: true })
      await world.close(kernel)
    }
    await world.remove()
  })
})
