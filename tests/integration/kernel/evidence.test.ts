import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { accept, defineHandler, defineModule, happened, type ModuleContext } from '#backend/kernel/module.ts'
import { defineCommand } from '#protocol/command.ts'
import { defineEvent } from '#protocol/event.ts'
import { evidenceDigestSchema, maxEvidenceBytes } from '#protocol/evidence.ts'
import { type BundlePlan, bundleParts, type LogToBundle, planBundle } from '#trust/bundle/make.ts'
import { verifyBundle } from '#trust/bundle/verify.ts'
import { writeBundle } from '#trust/bundle/writer.ts'
import { sha256, toBase64url, utf8 } from '#trust/bytes.ts'
import { baseModules, type Deployment, newDeployment, type Opened } from './harness.ts'

/** A provider's adapter as payments will have one: what comes in is judged, and kept as it came beside its entry. */
const confirm = defineCommand({
  name: 'webhook.confirm',
  risk: 'low',
  permission: 'events.record',
  signedBy: 'service',
  params: z.strictObject({ raw: evidenceDigestSchema }),
})
const confirmed = defineEvent({
  type: 'webhook.confirmed@1',
  data: confirm.params,
  evidence: ({ raw }) => [raw],
})
let context: ModuleContext
const webhook = defineModule({
  manifest: { name: 'webhook', version: '1.0.0', essential: false, needs: [], restarts: { max: 1, withinMs: 1_000 } },
  collections: [],
  events: [confirmed],
  handlers: [
    defineHandler({ command: confirm, reads: () => [], decide: (params) => accept(happened(confirmed, params)) }),
  ],
  projections: [],
  signs: [confirm],
  start: async (given) => {
    context = given
    return { health: () => ({ ok: true, reason: '' }), stop: async () => undefined }
  },
})

let deployment: Deployment
let opened: Opened
beforeEach(async () => {
  deployment = newDeployment()
  opened = await deployment.open({ modules: [...baseModules(), webhook] })
})
afterEach(async () => {
  await opened.kernel.drain()
  deployment.remove()
})

const body = utf8('{"id":"WH-1","amount":"1200"}')
const receive = () =>
  opened.kernel.inbox.receive({ id: 'WH-1', source: 'provider', body, headers: { 'x-signature': 'ok' } })
const adapt = () =>
  opened.kernel.inbox.process('provider', async (item) => {
    await context.submit({ command: confirm, params: { raw: await context.keepEvidence(item.body) } })
    return { state: 'accepted', reason: '' }
  })

const logOf = ({ kernel }: Opened, change: Partial<LogToBundle> = {}): LogToBundle => ({
  ...kernel.bundle,
  head: async () => (await kernel.witnesses.published('now')).note,
  cosigned: { notes: [], witnesses: [] },
  ...change,
})
const planOf = (log: LogToBundle): Promise<BundlePlan> =>
  planBundle(log, { kind: 'bundle', from: 0, to: null, at: 1, by: null })
const verified = async (log: LogToBundle) => {
  const plan = await planOf(log)
  const pieces: Uint8Array[] = []
  for await (const piece of writeBundle(bundleParts(log, plan))) pieces.push(piece)
  const bytes = new Uint8Array(Buffer.concat(pieces))
  return {
    plan,
    bytes,
    verdict: await verifyBundle(
      async function* () {
        yield bytes
      },
      { trusted: [], seen: [] },
    ),
  }
}

test('what came in is kept once as it came, named by its entry, and brought along by a bundle', async () => {
  expect(await receive()).toBe(true)
  expect(await receive()).toBe(false)
  expect(await adapt()).toBe(1)
  const { plan, bytes, verdict } = await verified(logOf(opened))
  expect(plan.manifest.evidence).toBe(1)
  expect(Buffer.from(bytes).includes(Buffer.from(body))).toBe(true)
  expect(verdict.findings).toEqual([])
  expect(verdict.steps.find(({ step }) => step === 'evidence')).toMatchObject({ state: 'passed', done: 1, all: 1 })
  // A second entry over the same message keeps no second copy, and brings it again.
  await context.submit({ command: confirm, params: { raw: await context.keepEvidence(body) } })
  expect((await planOf(logOf(opened))).manifest.evidence).toBe(2)
  expect(await opened.storage.evidence.named(0, 1_000, null, 9)).toHaveLength(2)
})

test('evidence that was changed in the store is found', async () => {
  await receive()
  await adapt()
  const { verdict } = await verified(logOf(opened, { evidenceBytes: async () => utf8('{"id":"WH-1","amount":"9"}') }))
  expect(verdict).toMatchObject({ outcome: 'failed', findings: [{ code: 'evidence-unnamed' }] })
})

test('an entry names nothing that was not kept, and alone is refused', async () => {
  const raw = toBase64url(sha256(utf8('never handed over')))
  await expect(context.submit({ command: confirm, params: { raw } })).rejects.toMatchObject({
    code: 'evidence.missing',
    params: { digest: raw },
  })
  await expect(context.keepEvidence(new Uint8Array(maxEvidenceBytes + 1))).rejects.toMatchObject({
    code: 'input.too-large',
  })
  await receive()
  expect(await adapt()).toBe(1)
})

test('it survives a restart, and what no entry named goes after thirty days', async () => {
  await receive()
  await adapt()
  const forgotten = await context.keepEvidence(utf8('no entry names this'))
  await opened.kernel.drain()
  opened = await deployment.open({ modules: [...baseModules(), webhook] })
  expect(await opened.kernel.evidence.sweep()).toBe(0)
  const now = deployment.clock.now
  deployment.clock.now = () => now() + 31 * 86_400_000
  expect(await opened.kernel.evidence.sweep()).toBe(1)
  expect(await opened.storage.evidence.bytes(forgotten)).toBeNull()
  const { verdict } = await verified(logOf(opened))
  expect(verdict.findings).toEqual([])
})
