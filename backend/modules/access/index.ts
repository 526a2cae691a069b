import { z } from 'zod'
import {
  type AccessRow,
  accesses,
  exported,
  exportPermission,
  type ReadKind,
  readsSummed,
  recordExport,
  recordReads,
  storeExports,
  storeReader,
} from '#protocol/access.ts'
import { failureOf } from '#protocol/errors.ts'
import { eventKey } from '#protocol/events.ts'
import { messageOpened } from '#protocol/payments-inbox.ts'
import { rewrapBegun, subjectOpened } from '#protocol/sealed.ts'
import { keysHandedOver } from '#protocol/sealed-hand-over.ts'
import { requestsRefused } from '#protocol/session.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import {
  accept,
  defineHandler,
  defineModule,
  defineProjection,
  type EventMeta,
  happened,
  type ModuleContext,
  type ModuleDefinition,
  refuse,
} from '../../kernel/module.ts'

const minuteMs = 60_000

const reads = defineHandler({
  command: recordReads,
  reads: () => [],
  decide: (params) => accept(...params.reads.map((read) => happened(readsSummed, read))),
})
const exporting = defineHandler({
  command: recordExport,
  reads: () => [],
  decide: (params, { operator, roles, mayOf }) => {
    const permission = exportPermission(params.what)
    if (permission !== null && !mayOf(operator, roles, permission))
      return refuse('command.not-permitted', { permission })
    return accept(happened(exported, params))
  },
})

const line = (
  { index, nth, at, operator }: EventMeta,
  row: Pick<AccessRow, 'kind' | 'detail'> & Partial<AccessRow>,
): { readonly key: string; readonly row: AccessRow }[] => {
  const key = eventKey(index, nth)
  return [{ key, row: { key, at, operator, reason: '', count: 1, ...row } }]
}

const projections = [
  defineProjection({
    on: readsSummed,
    into: accesses,
    reads: () => [],
    project: ({ operator, what, count }, meta) => line(meta, { kind: what, detail: '', operator, count }),
  }),
  defineProjection({
    on: exported,
    into: accesses,
    reads: () => [],
    project: ({ what }, meta) => line(meta, { kind: 'export', detail: what }),
  }),
  defineProjection({
    on: subjectOpened,
    into: accesses,
    reads: () => [],
    project: ({ subject, reason, fields }, meta) =>
      line(meta, { kind: 'sealed', detail: subject, reason, count: fields.length }),
  }),
  defineProjection({
    on: rewrapBegun,
    into: accesses,
    reads: () => [],
    project: ({ class: sealClass, custodian }, meta) =>
      line(meta, { kind: 'rewrap', detail: `${sealClass} → ${custodian}` }),
  }),
  defineProjection({
    on: messageOpened,
    into: accesses,
    reads: () => [],
    project: ({ provider, message, reason }, meta) =>
      line(meta, { kind: 'message', detail: `${provider} ${message}`, reason: reason.slice(0, 400) }),
  }),
  defineProjection({
    on: keysHandedOver,
    into: accesses,
    reads: () => [],
    project: ({ class: sealClass, from, to, operator, fingerprint, reason }, meta) =>
      line(meta, { kind: 'keys', detail: `${sealClass} ${from}–${to - 1} → ${operator ?? fingerprint}`, reason }),
  }),
  defineProjection({
    on: requestsRefused,
    into: accesses,
    reads: () => [],
    project: ({ actor, reason, count }, meta) =>
      line(meta, { kind: 'refused', detail: reason, operator: actor, count }),
  }),
]

const storeExportSchema = z.strictObject({ entries: z.int().min(1) })
const parsedOrNull = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}

/** What could not be written is counted into the next entry. */
const writer = (
  context: ModuleContext,
  { drain, inbox }: { readonly drain: Kernel['drainReads']; readonly inbox: () => Kernel['inbox'] | undefined },
): (() => Promise<void>) => {
  let unwritten: { readonly operator: string; readonly what: ReadKind; readonly count: number }[] = []
  let writing: Promise<void> = Promise.resolve()
  const fromStore = async (): Promise<void> => {
    await inbox()?.process(storeExports, async ({ body }) => {
      const left = storeExportSchema.safeParse(parsedOrNull(body))
      if (!left.success) return { state: 'refused', reason: 'input.invalid' }
      const read = { operator: storeReader, what: 'bundle', count: left.data.entries } as const
      await context.submit({ command: recordReads, params: { reads: [read] } })
      return { state: 'accepted', reason: '' }
    })
  }
  const write = async (): Promise<void> => {
    await fromStore()
    unwritten = [...unwritten, ...drain()]
    const page = unwritten.slice(0, 100)
    if (page.length === 0) return
    await context.submit({ command: recordReads, params: { reads: page } })
    unwritten = unwritten.slice(page.length)
  }
  return () => {
    writing = writing.then(write).catch((thrown: unknown) => {
      context.log.warn('access.unwritten', { code: failureOf(thrown).code })
    })
    return writing
  }
}

/** Who read what where it matters: sums of this instance's reads, each minute and once more at the end. */
export const createAccess = (kernel: Promise<Kernel>): ModuleDefinition => {
  let opened: Kernel | undefined
  void kernel.then((it) => {
    opened = it
  })
  return defineModule({
    manifest: { name: 'access', version: '1.0.0', essential: true, needs: [], restarts: { max: 5, withinMs: 10_000 } },
    collections: [accesses],
    events: [readsSummed, exported],
    handlers: [reads, exporting],
    projections,
    signs: [recordReads],
    start: async (context) => {
      const write = writer(context, { drain: () => opened?.drainReads() ?? [], inbox: () => opened?.inbox })
      const timer = setInterval(() => void write(), minuteMs)
      return {
        health: () => ({ ok: true, reason: '' }),
        stop: async () => {
          clearInterval(timer)
          await write()
        },
      }
    },
  })
}
