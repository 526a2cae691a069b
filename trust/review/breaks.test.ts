import { describe, expect, it } from 'vitest'
import type { Json } from '#protocol/command.ts'
import type { CommandId, DeploymentId, OperatorId } from '#protocol/ids.ts'
import type { Restoration, RestoreStatement } from '#protocol/log.ts'
import { toBase64url } from '../bytes.ts'
import { generateSigner, type Signer } from '../ed25519.ts'
import { entryBytes } from '../entry.ts'
import { append, leafHash, rootOf } from '../merkle.ts'
import { isRestoration, makeRestoration, restorationsBetween } from '../restoration.ts'
import { signCommand } from '../statement.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import { type ReviewReport, reviewLog } from './review-log.ts'

const idOf = (digit: string) => `libral:0199000${digit}-0000-4000-8000-000000000000` as DeploymentId
const [before, after] = [idOf('0'), idOf('1')]
const began = 1_790_000_000_000
const [log, service, session] = [generateSigner(), generateSigner(), generateSigner()]
const fingerprint = 'ab'.repeat(20)

interface Made {
  readonly command: string
  readonly kind: 'log' | 'service' | 'session'
  readonly signer: Signer
  readonly operator: string
  readonly events: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[]
}
const by = {
  log: { kind: 'log', signer: log, operator: 'service:log' },
  service: { kind: 'service', signer: service, operator: 'service:session', command: 'session.open' },
  session: { kind: 'session', signer: session, operator: 'tanaka', command: 'events.handOver' },
} as const

/** Appends entries and knows the tree. */
const begin = () => {
  const all: Uint8Array[] = []
  const treeOf = (size: number) => rootOf(append([], 0, all.slice(0, size).map(leafHash)).frontier)
  let context = before
  const add = ({ events, ...made }: Made): void => {
    const index = all.length
    const command = signCommand({
      ...{ context, command: made.command, kind: made.kind, signer: made.signer },
      params: (events[0]?.data ?? {}) as Readonly<Record<string, Json>>,
      id: `01990000-0000-7000-8000-${index.toString(16).padStart(12, '0')}` as CommandId,
      operator: made.operator as OperatorId,
      ...{ issuedAt: began + index, expiresAt: began + index + 60_000 },
    })
    const policy = toBase64url(new Uint8Array(32))
    all.push(entryBytes({ v: 1, index, at: began + index, command, policy, events: events as never }))
  }
  const happens = (who: keyof typeof by, type: string, data: Readonly<Record<string, unknown>>): void =>
    add({ command: type.replace(/@.*/, ''), ...by[who], events: [{ type, data }] })
  const facts = (): Omit<RestoreStatement, 'context'> => ({
    ...{ v: 1, purpose: 'restore', previous: before, size: all.length, root: toBase64url(treeOf(all.length)) },
    ...{ reason: 'ディスクが壊れた', issuedAt: began, expiresAt: began + 60_000, operator: 'sato' as OperatorId },
  })
  return {
    all,
    work: (count: number) => {
      for (let n = 0; n < count; n++) happens('session', 'events.handedOver@1', { text: `引き継ぎ ${n}` })
    },
    happens,
    facts,
    restore: (restoration: Restoration) => {
      context = restoration.statement.context as DeploymentId
      happens('log', 'log.restored@1', { ...restoration })
    },
    checkpoint: (size: number, origin: string): Checkpoint => ({ origin, size, root: treeOf(size), extensions: [] }),
    review: (seen: readonly Checkpoint[] = []): Promise<ReviewReport> =>
      reviewLog(
        {
          size: all.length,
          root: treeOf(all.length),
          entries: async (from, to) => all.slice(from, to).map((bytes) => ({ bytes, leaf: leafHash(bytes) })),
        },
        seen,
      ),
  }
}

const opened = () => {
  const made = begin()
  const services = [{ service: 'session', key: toBase64url(service.publicKey), commands: ['session.open'] }]
  made.happens('log', 'log.opened@1', {
    ...{ deployment: before, name: '試験', logKey: toBase64url(log.publicKey), services },
  })
  made.happens('service', 'session.certificateRegistered@1', {
    ...{ fingerprint, version: 4, userIds: ['田中'], createdAt: began, expiresAt: null, encrypts: true },
    ...{ certificate: 'AAAA', operator: 'tanaka', proven: true },
  })
  made.happens('service', 'session.opened@2', {
    ...{ key: session.keyId, publicKey: toBase64url(session.publicKey), operator: 'tanaka', client: '机' },
    ...{ method: 'certificate', token: null, certificate: fingerprint, expiresAt: began + 3_600_000 },
  })
  made.work(5)
  return made
}
const codes = ({ findings }: ReviewReport) => findings.map(({ index, code }) => `${index} ${code}`)
const revoke = (made: ReturnType<typeof begin>, reason: 'compromised' | 'retired') =>
  made.happens('service', 'session.certificateRevoked@1', { fingerprint, operator: 'tanaka', reason })

describe('a certificate that was revoked', () => {
  it('as compromised puts in doubt what rested on it before, too, and ends its use', async () => {
    const made = opened()
    revoke(made, 'compromised')
    made.work(1)
    const report = await made.review()
    expect(report.doubts).toEqual([{ fingerprint, operator: 'tanaka', revoked: 8, entries: 6, first: 3, last: 9 }])
    expect(codes(report)).toEqual(['9 key-not-allowed'])
  })

  it('as retired ends its use alone', async () => {
    const made = opened()
    revoke(made, 'retired')
    made.work(1)
    const report = await made.review()
    expect(report.doubts).toEqual([])
    expect(codes(report)).toEqual(['9 key-not-allowed'])
  })

  it('and is found compromised later counts from the beginning', async () => {
    const made = opened()
    revoke(made, 'retired')
    revoke(made, 'compromised')
    expect((await made.review()).doubts).toMatchObject([{ revoked: 9, entries: 5, first: 3, last: 7 }])
  })
})

describe('a restored backup', () => {
  const restored = () => {
    const made = opened()
    const seen = made.checkpoint(made.all.length, before)
    made.restore(makeRestoration({ ...made.facts(), context: after }, log, null))
    made.happens('service', 'session.opened@2', {
      ...{ key: session.keyId, publicKey: toBase64url(session.publicKey), operator: 'tanaka', client: '机' },
      ...{ method: 'certificate', token: null, certificate: fingerprint, expiresAt: began + 3_600_000 },
    })
    made.work(2)
    return { made, seen }
  }

  it('is told as a break, with who explains it and what is known to be lost', async () => {
    const { made, seen } = restored()
    const report = await made.review([seen, { ...seen, size: 20 }, made.checkpoint(made.all.length, after)])
    expect(codes(report)).toEqual([])
    expect(report).toMatchObject({ ids: [before, after], seen: 2 })
    expect(report.breaks).toEqual([
      expect.objectContaining({
        ...{ index: 8, size: 8, previous: before, deployment: after, operator: 'sato', reason: 'ディスクが壊れた' },
        ...{ signedBy: 'nobody', lost: 12 },
      }),
    ])
    expect((await made.review()).breaks).toMatchObject([{ lost: null }])
  })

  it('explains nothing without the signature of the log, over another history, or for another log', async () => {
    const wrong = async (change: (facts: RestoreStatement) => RestoreStatement, signer = log) => {
      const made = opened()
      made.restore(makeRestoration(change({ ...made.facts(), context: after }), signer, null))
      return codes(await made.review())
    }
    expect(await wrong((facts) => facts)).toEqual([])
    expect(await wrong((facts) => facts, generateSigner())).toContain('8 restoration-invalid')
    expect(await wrong((facts) => ({ ...facts, root: toBase64url(new Uint8Array(32)) }))).toContain(
      '8 restoration-invalid',
    )
    expect(await wrong((facts) => ({ ...facts, size: 7 }))).toContain('8 restoration-invalid')
    expect(await wrong((facts) => ({ ...facts, previous: idOf('2') }))).toContain('8 restoration-invalid')
  })

  it('goes on under its new id alone: what was signed for the old one is foreign', async () => {
    const { made } = restored()
    const honest = await made.review()
    expect(codes(honest)).toEqual([])
    const old = begin()
    old.all.push(...made.all)
    old.work(1)
    expect(codes(await old.review())).toEqual([`${made.all.length} foreign`])
  })

  it('is followed from id to id by the signatures of a known key alone', () => {
    const facts = { ...opened().facts(), context: after }
    const one = makeRestoration(facts, log, null)
    const two = makeRestoration({ ...facts, previous: after, context: idOf('2') }, log, null)
    const keys = [toBase64url(log.publicKey)]
    expect(isRestoration(one)).toBe(true)
    expect(isRestoration({ ...one, statement: { ...facts, reason: '別の理由' } })).toBe(false)
    expect(restorationsBetween(before, idOf('2'), [two, one], keys)).toEqual([one, two])
    expect(restorationsBetween(before, idOf('2'), [two], keys)).toEqual([])
    expect(restorationsBetween(before, after, [one], [toBase64url(service.publicKey)])).toEqual([])
    expect(restorationsBetween(before, idOf('3'), [one, two], keys)).toEqual([])
  })
})
