import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import { toBase64url } from '../bytes.ts'
import { generateSigner, type Signer } from '../ed25519.ts'
import { entryBytes } from '../entry.ts'
import { handOver } from '../log-keys.ts'
import { append, leafHash, rootOf } from '../merkle.ts'
import { signCommand } from '../statement.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import { type LogToReview, mostFindings, reviewLog, type Stored } from './review-log.ts'

const deployment = 'libral:01990000-0000-4000-8000-000000000000' as DeploymentId
const began = 1_790_000_000_000
const log = generateSigner()
const service = generateSigner()
const session = generateSigner()

interface Made {
  readonly command: string
  readonly params: Readonly<Record<string, Json>>
  readonly events: readonly { readonly type: string; readonly data: Readonly<Record<string, Json>> }[]
  readonly kind: 'log' | 'service' | 'session'
  readonly signer: Signer
  readonly operator: string
  readonly context?: DeploymentId
}

const idOf = (index: number): CommandId =>
  `01990000-0000-7000-8000-${index.toString(16).padStart(12, '0')}` as CommandId

const entryOf = (index: number, made: Made): Uint8Array => {
  const command = signCommand({
    context: made.context ?? deployment,
    command: made.command,
    params: made.params,
    id: idOf(index),
    operator: made.operator as OperatorId,
    issuedAt: began + index,
    expiresAt: began + index + 60_000,
    kind: made.kind,
    signer: made.signer,
  })
  const policy = toBase64url(new Uint8Array(32))
  return entryBytes({ v: 1, index, at: began + index, command, policy, events: made.events as never })
}

const genesis: Made = (() => {
  const params = {
    deployment,
    name: '試験',
    logKey: toBase64url(log.publicKey),
    services: [{ service: 'session', key: toBase64url(service.publicKey), commands: ['session.open'] }],
  }
  const events = [{ type: 'log.opened@1', data: params }]
  return { command: 'log.open', params, events, kind: 'log', signer: log, operator: 'service:log' }
})()

const opened: Made = (() => {
  const data = {
    key: session.keyId,
    publicKey: toBase64url(session.publicKey),
    operator: 'tanaka',
    client: '机',
    method: 'token',
    token: null,
    expiresAt: began + 3_600_000,
  }
  const events = [{ type: 'session.opened@1', data }]
  const by = { kind: 'service', signer: service, operator: 'service:session' } as const
  return { command: 'session.open', params: data, events, ...by }
})()

const handover = (text: string): Made => ({
  command: 'events.handOver',
  params: { text },
  events: [{ type: 'events.handedOver@1', data: { text } }],
  kind: 'session',
  signer: session,
  operator: 'tanaka',
})

const bytesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, at) =>
    entryOf(at, at === 0 ? genesis : at === 1 ? opened : handover(`引き継ぎ ${at}`)),
  )

const rootOver = (all: readonly Uint8Array[]): Uint8Array =>
  rootOf(
    append(
      [],
      0,
      all.map((bytes) => leafHash(bytes)),
    ).frontier,
  )
const checkpointOf = (all: readonly Uint8Array[]): Checkpoint => ({
  origin: deployment,
  size: all.length,
  root: rootOver(all),
  extensions: [],
})

/** The store as an attacker with the whole disk would leave it: every hash is made anew. */
const rehashed = (all: readonly (Uint8Array | null)[]): LogToReview => {
  const stored = all.map((bytes): Stored | null => bytes && { bytes, leaf: leafHash(bytes) })
  const leaves = stored.map((it) => it?.leaf ?? new Uint8Array(32))
  return {
    size: all.length,
    root: rootOf(append([], 0, leaves).frontier),
    entries: async (from, to) => stored.slice(from, to),
  }
}
const found = async (all: readonly (Uint8Array | null)[], seen: readonly Checkpoint[] = []) =>
  (await reviewLog(rehashed(all), seen)).findings.map(({ index, code }) => `${index} ${code}`)

const honest = bytesOf(30)

describe('a review', () => {
  it('finds nothing in an honest log, and verifies every signature', async () => {
    const report = await reviewLog(rehashed(honest), [checkpointOf(honest.slice(0, 11)), checkpointOf(honest)])
    expect(report).toMatchObject({ findings: [], signatures: { verified: 30, all: 30 }, seen: 2, deployment })
    expect(report.root).toEqual(rootOver(honest))
    expect(report.logKey).toEqual(log.publicKey)
  })

  it('names an entry whose bytes are not those that were hashed', async () => {
    const one = rehashed(honest)
    const entries = (await one.entries(0, 30)).map((it, at) =>
      at === 7 && it ? { ...it, bytes: honest[8] ?? it.bytes } : it,
    )
    const report = await reviewLog({ ...one, entries: async (from, to) => entries.slice(from, to) }, [])
    expect(report.findings).toContainEqual({ index: 7, code: 'edited' })
    expect(report.findings).toContainEqual({ index: 7, code: 'misplaced' })
    expect(report.findings.at(-1)).toEqual({ index: 29, code: 'root-differs' })
  })

  it('follows the log from one key to the next where both signed for it, and only there', async () => {
    const next = generateSigner()
    const by = { kind: 'log', operator: 'service:log' } as const
    const certify = (signer: Signer): Made => ({
      ...{ command: 'log.certifyServices', params: { services: [] }, signer, ...by },
      events: [{ type: 'log.servicesCertified@1', data: { services: [] } }],
    })
    const give = (data: ReturnType<typeof handOver>): Made => ({
      ...{ command: 'log.replaceKey', params: data, signer: log, ...by },
      events: [{ type: 'log.keyReplaced@1', data }],
    })
    const good = handOver(deployment, log, next)
    const ending = (...made: readonly Made[]): Uint8Array[] => [
      ...honest.slice(0, 5),
      ...made.map((one, nth) => entryOf(5 + nth, one)),
    ]
    expect(await found(ending(give(good), certify(next)))).toEqual([])
    expect((await reviewLog(rehashed(ending(give(good))), [])).logKey).toEqual(next.publicKey)
    expect(await found(ending(give(good), certify(log)))).toEqual(['6 key-unknown'])
    const forged = handOver(deployment, next, next)
    for (const wrong of [
      { ...good, byNext: forged.byNext },
      { ...forged, previous: good.previous },
    ]) {
      expect(await found(ending(give(wrong), certify(next)))).toEqual(['6 key-unknown'])
    }
  })

  const replaced = (at: number, made: Made): Uint8Array[] => honest.with(at, entryOf(at, made))
  it.each([
    ['an entry removed', honest.toSpliced(9, 1), '9 misplaced'],
    ['an entry deleted from its row', honest.map((it, at) => (at === 9 ? null : it)), '9 missing'],
    [
      'two entries swapped',
      honest.with(4, honest[5] ?? new Uint8Array()).with(5, honest[4] ?? new Uint8Array()),
      '4 misplaced',
    ],
    ['an entry put in twice', honest.toSpliced(12, 0, honest[11] ?? new Uint8Array()), '12 repeated'],
    ['an entry by a stranger', replaced(6, { ...handover('x'), signer: generateSigner() }), '6 key-unknown'],
    ['an entry under another name', replaced(6, { ...handover('x'), operator: 'sato' }), '6 key-not-allowed'],
    ['a service that signs what it may not', replaced(6, { ...handover('x'), ...serviceBy() }), '6 key-not-allowed'],
    ['a log key that signs an action', replaced(6, { ...handover('x'), ...logBy() }), '6 key-not-allowed'],
    [
      'a statement for another deployment',
      replaced(6, { ...handover('x'), context: 'libral:01990000-0000-4000-8000-000000000001' as DeploymentId }),
      '6 foreign',
    ],
    ['bytes that are no entry', honest.with(6, Buffer.from('{}')), '6 malformed'],
  ])('names %s', async (_what, all, expected) => {
    expect(await found(all)).toContain(expected)
  })

  it('names edited words: of parameters, of an event, of the statement', async () => {
    const text = Buffer.from(honest[6] ?? []).toString('utf8')
    const params = Buffer.from(text.replace('"params":{"text":"引き継ぎ 6"}', '"params":{"text":"引き継ぎ 9"}'))
    expect(await found(honest.with(6, params))).toEqual(['6 params-altered'])
    const statement = Buffer.from(text.replace(`"issuedAt":${began + 6}`, `"issuedAt":${began + 7}`))
    expect(await found(honest.with(6, statement))).toEqual(['6 signature-invalid'])
    // An entry's events are the backend's word: only a checkpoint seen elsewhere holds it to them.
    const event = Buffer.from(text.replaceAll('"data":{"text":"引き継ぎ 6"}', '"data":{"text":"引き継ぎ 9"}'))
    expect(await found(honest.with(6, event))).toEqual([])
    expect(await found(honest.with(6, event), [checkpointOf(honest)])).toEqual(['29 seen-differs'])
  })

  it('ends a session key with its session', async () => {
    const ended = { type: 'session.ended@1', data: { key: session.keyId, operator: 'tanaka' } }
    expect(await found(replaced(5, { ...handover('x'), events: [ended] }))).toEqual(
      Array.from({ length: 24 }, (_, at) => `${at + 6} key-unknown`),
    )
  })

  it('cannot find a tail that was cut, and says so once a checkpoint is brought', async () => {
    expect(await found(honest.slice(0, 20))).toEqual([])
    expect(await found(honest.slice(0, 20), [checkpointOf(honest)])).toEqual(['20 seen-ahead'])
  })

  it('finds whatever an attacker with the disk does before a checkpoint that was seen', async () => {
    const attack = fc.oneof(
      fc.record({ kind: fc.constant('remove' as const), at: fc.nat(18) }),
      fc.record({ kind: fc.constant('swap' as const), at: fc.nat(17) }),
      fc.record({ kind: fc.constant('add' as const), at: fc.nat(18) }),
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(18) }),
      fc.record({ kind: fc.constant('resign' as const), at: fc.integer({ min: 2, max: 18 }) }),
    )
    const seen = checkpointOf(honest.slice(0, 20))
    await fc.assert(
      fc.asyncProperty(attack, fc.nat(), async ({ kind, at }, seed) => {
        expect((await found(changed(kind, at, seed), [seen])).length).toBeGreaterThan(0)
      }),
      { numRuns: 120 },
    )
  })

  it('goes on to the end of a long log, with a bounded list', async () => {
    const stranger = generateSigner()
    const long = [
      ...honest,
      ...Array.from({ length: 1_200 }, (_, at) => entryOf(30 + at, { ...handover('x'), signer: stranger })),
    ]
    const steps: number[] = []
    const report = await reviewLog(rehashed(long), [checkpointOf(long.slice(0, 1_000))], (done) => steps.push(done))
    expect(report.findings).toHaveLength(mostFindings)
    expect(report).toMatchObject({ signatures: { verified: 30, all: 1_230 }, seen: 1 })
    expect(steps).toEqual([1_000, 1_230])
  })
})

function serviceBy() {
  return { kind: 'service', signer: service, operator: 'service:session' } as const
}
function logBy() {
  return { kind: 'log', signer: log, operator: 'service:log' } as const
}

function changed(kind: 'remove' | 'swap' | 'add' | 'flip' | 'resign', at: number, seed: number): readonly Uint8Array[] {
  const here = honest[at] ?? new Uint8Array()
  switch (kind) {
    case 'remove':
      return honest.toSpliced(at, 1)
    case 'swap':
      return honest.with(at, honest[at + 1] ?? here).with(at + 1, here)
    case 'add':
      return honest.toSpliced(at, 0, honest[seed % honest.length] ?? here)
    case 'flip': {
      const copy = Uint8Array.from(here)
      copy[seed % copy.length] = (copy[seed % copy.length] ?? 0) ^ (1 + (seed % 255))
      return honest.with(at, copy)
    }
    case 'resign':
      // The log key lies on the same disk: what the attacker signs with it fits the log, not what others saw.
      return honest.with(
        at,
        entryOf(at, { ...genesis, command: 'log.certifyServices', params: { services: [] }, events: [] }),
      )
  }
}
