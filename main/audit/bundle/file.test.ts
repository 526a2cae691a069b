import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { began, bundleOf, type FixtureLog, logKeyText, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { identity, v4Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { bundleFile } from './file.ts'
import { threadHands } from './threads.ts'

const program = new URL('./worker.ts', import.meta.url)
let folder: string
let log: FixtureLog
let file: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  file = join(folder, 'one.libral-bundle')
  const operator = await identity(v4Kinds['v4 P-256'], { date: new Date(began - 60_000) })
  log = await makeLog({ count: 1_400, operator, replacedAt: 700 })
  await writeFile(file, await bundleOf(sourceOf(log, { 1000: ['w'] })))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('comes to the same verdict on several threads as on one', async () => {
  const { open } = await bundleFile(file)
  const trusted = [{ kind: 'log', key: logKeyText(log), label: '', at: 0 } as const]
  const one: number[] = []
  const alone = await verifyBundle(open, { trusted, judged: (_from, some) => void one.push(...some) })
  expect(alone).toMatchObject({ outcome: 'unconfirmed', findings: [], signatures: { all: 1_400 } })
  const hands = threadHands(program, 3)
  try {
    const several: number[] = []
    const steps = new Set<string>()
    const verdict = await verifyBundle(open, {
      trusted,
      hands,
      judged: (_from, some) => void several.push(...some),
      progress: ({ step, done, all }) => steps.add(`${step} ${done === all}`),
    })
    expect(verdict).toEqual(alone)
    expect(several).toEqual(one)
    expect([...steps].sort()).toEqual(['signatures false', 'signatures true', 'tree false', 'tree true'])
  } finally {
    await hands.close()
  }
})

it('says what cannot be read', async () => {
  await expect(bundleFile(join(folder, 'none'))).rejects.toThrow(expect.objectContaining({ code: 'file.unreadable' }))
  await expect(bundleFile(folder)).rejects.toThrow(expect.objectContaining({ code: 'file.unreadable' }))
})
