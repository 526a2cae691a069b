import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { beginDraft } from '#main/exports/draft-file.ts'
import { began, type FixtureLog, logKeyText, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { type Identity, identity, v4Kinds, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { type BundlePlan, type LogToBundle, planBundle } from '#trust/bundle/make.ts'
import { encryptedBundle } from './encrypted.ts'
import { bundleFile, verifyFile } from './file.ts'
import { bundleName } from './name.ts'
import { writeBundleTo } from './write.ts'

const never = new AbortController().signal

/** @returns entries written, as it was told */
const writeFileOf = async (
  file: string,
  source: LogToBundle,
  plan: BundlePlan,
  recipients: readonly Identity[] = [],
  signal = never,
): Promise<number[]> => {
  const draft = await beginDraft(file)
  const done: number[] = []
  try {
    const certificates = recipients.map(({ certificate }) => certificate)
    for await (const { rows } of writeBundleTo(draft, source, plan, certificates, signal)) done.push(rows)
    await draft.finish()
  } finally {
    await draft.discard()
  }
  return done
}

const program = new URL('./worker.ts', import.meta.url)
let folder: string
let log: FixtureLog
let auditors: readonly [Identity, Identity]
let stranger: Identity

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  log = await makeLog({ count: 300 })
  auditors = [await identity(v6Kinds['v6 curve25519']), await identity(v4Kinds['v4 curve25519Legacy'])]
  stranger = await identity(v6Kinds['v6 curve25519'])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const order = { kind: 'bundle', from: 20, to: 290, at: began, by: 'tanaka' } as const
const refusal = (code: string) => expect.objectContaining({ code })

it('is read by each auditor alone, and verified as it would be in the clear', async () => {
  const source = sourceOf(log)
  const plan = await planBundle(source, order)
  const file = join(folder, bundleName(plan.manifest, true))
  expect((await writeFileOf(file, source, plan, auditors)).at(-1)).toBe(270)
  const found = await bundleFile(file)
  const trusted = [{ kind: 'log', key: logKeyText(log), label: '', at: 0 } as const]
  await expect(verifyFile(found, program, { trusted })).rejects.toThrow(refusal('bundle.encrypted'))
  for (const { opener } of auditors) {
    const opened = await encryptedBundle(found, { keys: [opener] })
    expect(await verifyFile(opened, program, { trusted })).toMatchObject({
      outcome: 'verified',
      signatures: { verified: 270, all: 270 },
    })
  }
  await expect(encryptedBundle(found, { keys: [stranger.opener] })).rejects.toThrow(refusal('openpgp.wrong-key'))
  const bytes = await readFile(file)
  const cut = join(folder, 'cut')
  await writeFile(cut, bytes.subarray(0, bytes.byteLength - 40))
  const opened = await encryptedBundle(await bundleFile(cut), { keys: [auditors[0].opener] })
  await expect(verifyFile(opened, program, { trusted })).rejects.toThrow(refusal('openpgp.truncated'))
})

it('says beforehand how large it will be', async () => {
  const source = sourceOf(log, { 100: ['one'] })
  for (const range of [
    order,
    { ...order, from: 0, to: null },
    { ...order, kind: 'certificate', from: 77, to: 78 },
  ] as const) {
    const plan = await planBundle(source, range)
    const file = join(folder, `size-${range.from}`)
    await writeFileOf(file, source, plan)
    const { size } = await bundleFile(file)
    expect(Math.abs(plan.bytes - size) / size).toBeLessThan(0.05)
  }
  await expect(planBundle(source, { ...order, to: 301 })).rejects.toThrow(refusal('log.out-of-range'))
})

it('leaves nothing behind when it is cancelled', async () => {
  const source = sourceOf(log)
  const plan = await planBundle(source, order)
  const stop = new AbortController()
  const file = join(folder, 'cancelled')
  stop.abort()
  await expect(writeFileOf(file, source, plan, [], stop.signal)).rejects.toThrow(refusal('export.cancelled'))
  await expect(bundleFile(file)).rejects.toThrow(refusal('file.unreadable'))
})
