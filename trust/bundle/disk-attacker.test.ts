import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BundleVerdict, TrustedKey } from '#protocol/bundle.ts'
import type { Json } from '#protocol/command.ts'
import type { Entry } from '#protocol/entry.ts'
import { LibralError } from '#protocol/errors.ts'
import type { DeploymentId, OperatorId } from '#protocol/ids.ts'
import {
  began,
  entryOf,
  type FixtureLog,
  logKeyText,
  makeLog,
  noteOf,
  partsOf,
  signerOf,
  sourceOf,
  witnessText,
  written,
} from '#tests/fixtures/bundle/log.ts'
import { type Identity, identity, v6Kinds } from '#tests/fixtures/openpgp/identities.ts'
import { equalBytes, sha256, toBase64url, utf8 } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { append, leafHash, rootOf } from '../merkle.ts'
import { makeRestoration } from '../restoration.ts'
import type { BundlePart } from './format.ts'
import type { LogToBundle } from './make.ts'
import { verifyBundle } from './verify.ts'

/**
 * Who owns the backend's whole disk, as a model: the log's and the services' keys, every row, every certificate, policy,
 * vote and piece of evidence, and bundles made of what they left; never an operator's OpenPGP key nor a witness's. Whatever
 * they do is found, or is what DESIGN.md says nobody finds on one machine alone. fast-check prints the seed of what fails.
 */

const size = 24
const witnessed = 16
let operator: Identity
let honest: FixtureLog
let note: string
let evidence: Uint8Array

beforeAll(async () => {
  operator = await identity(v6Kinds['v6 curve25519'], { date: new Date(began - 60_000) })
  const made = await makeLog({ count: size, operator })
  evidence = utf8('a webhook as it came')
  const entries = [...made.entries]
  // One entry names evidence, as the inbox leaves it.
  const raw = { type: 'webhook.confirmed@1', data: { raw: toBase64url(sha256(evidence)) } }
  entries[6] = edited(entries[6], (entry) => ({ ...entry, events: [...entry.events, raw] as never }))
  honest = { ...made, entries, evidence: [{ index: 6, bytes: evidence }] }
  note = noteOf(honest, witnessed, ['witness'])
})

const parsed = (bytes: Uint8Array | undefined): Entry => JSON.parse(Buffer.from(bytes ?? []).toString('utf8')) as Entry
/** What is no entry any more is left as it is. */
const edited = (bytes: Uint8Array | undefined, change: (entry: Entry) => Entry): Uint8Array => {
  try {
    return canonicalBytes(change(parsed(bytes)) as unknown as Json)
  } catch {
    return bytes ?? new Uint8Array()
  }
}
/** Every place is written anew, as its owner would. */
const renumbered = (entries: readonly Uint8Array[]): Uint8Array[] =>
  entries.map((bytes, index) => edited(bytes, (entry) => ({ ...entry, index })))

const logKinds = [
  ...['remove', 'remove-renumbered', 'swap', 'swap-renumbered', 'twice', 'flip', 'event', 'params', 'policy', 'time'],
  ...['operator', 'vote', 'by-log', 'session', 'certificate', 'cut', 'restore'],
] as const
const bundleKinds = [
  'strip',
  'forge',
  'head',
  'evidence',
  'no-evidence',
  'context',
  'frontier',
  'witness-list',
] as const
interface Act<Kind> {
  readonly kind: Kind
  readonly at: number
  readonly seed: number
}
const acts = <Kind>(kinds: readonly Kind[], most: number): fc.Arbitrary<Act<Kind>[]> =>
  fc.array(fc.record({ kind: fc.constantFrom(...kinds), at: fc.integer({ min: 1, max: size - 2 }), seed: fc.nat() }), {
    maxLength: most,
  })

const flipped = (bytes: Uint8Array, seed: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[seed % copy.length] = (copy[seed % copy.length] ?? 0) ^ (1 + (seed % 255))
  return copy
}

/** What the disk holds after one of their acts; the hashes are made anew with the bundle. */
const tamper = async (
  { deployment, logSigners }: FixtureLog,
  entries: readonly Uint8Array[],
  { kind, at: wanted, seed }: Act<(typeof logKinds)[number]>,
): Promise<Uint8Array[]> => {
  const at = Math.min(wanted, entries.length - 2)
  const here = entries[at] ?? new Uint8Array()
  const next = entries[at + 1] ?? here
  const put = (bytes: Uint8Array): Uint8Array[] => entries.with(at, bytes)
  switch (kind) {
    case 'remove':
      return entries.toSpliced(at, 1)
    case 'remove-renumbered':
      return renumbered(entries.toSpliced(at, 1))
    case 'swap':
      return entries.with(at, next).with(at + 1, here)
    case 'swap-renumbered':
      return renumbered(entries.with(at, next).with(at + 1, here))
    case 'twice':
      return renumbered(entries.toSpliced(at, 0, entries[seed % entries.length] ?? here))
    case 'flip':
      return put(flipped(here, seed))
    case 'event':
      return put(edited(here, (entry) => ({ ...entry, events: [{ type: 'events.handedOver@1', data: { seed } }] })))
    case 'params':
      return put(edited(here, (entry) => ({ ...entry, command: { ...entry.command, params: { seed } } as never })))
    case 'policy':
      return put(edited(here, (entry) => ({ ...entry, policy: toBase64url(sha256(utf8(`${seed}`))) })))
    case 'time':
      return put(edited(here, (entry) => ({ ...entry, at: entry.at + (seed % 100_000) })))
    case 'operator':
      return put(
        edited(here, ({ command, ...entry }) => ({
          ...entry,
          command: { ...command, statement: { ...command.statement, operator: 'suzuki' as OperatorId } },
        })),
      )
    case 'vote': {
      // A signature of the same person, from where they gave it for something else.
      const { signatures } = parsed(honest.entries[seed % size]).command
      return put(edited(here, ({ command, ...entry }) => ({ ...entry, command: { ...command, signatures } })))
    }
    case 'by-log': {
      const by = { kind: 'log', signer: logSigners[0] ?? signerOf('none') } as const
      const data = { services: [] }
      const events = [{ type: 'log.servicesCertified@1', data }]
      return put(
        await entryOf(deployment, at, {
          command: 'log.certifyServices',
          params: data,
          events,
          operator: 'service:log',
          by,
        }),
      )
    }
    case 'session': {
      // The service that opens sessions has its key on the disk, so low risk can be signed in anybody's name.
      const mine = signerOf('attacker')
      const data = {
        ...{ key: mine.keyId, publicKey: toBase64url(mine.publicKey), operator: 'tanaka', client: '机' },
        ...{ method: 'token', token: null, expiresAt: began + 365 * 86_400_000 },
      }
      const opens = {
        ...{ command: 'session.open', params: data, operator: 'service:session' },
        ...{
          events: [{ type: 'session.opened@1', data }],
          by: { kind: 'service' as const, signer: signerOf('one service') },
        },
      }
      const words = { text: `${seed}` }
      const says = {
        ...{ command: 'events.handOver', params: words, operator: 'tanaka' },
        ...{ events: [], by: { kind: 'session' as const, signer: mine } },
      }
      return put(await entryOf(deployment, at, opens)).with(at + 1, await entryOf(deployment, at + 1, says))
    }
    case 'certificate':
      return put(
        edited(entries[2], (entry) => ({
          ...entry,
          events: entry.events.map(({ type, data }) => ({
            type,
            data: { ...data, operator: 'suzuki', fingerprint: 'ab'.repeat(20) },
          })),
        })),
      )
    case 'cut':
      return entries.slice(0, at + 1)
    case 'restore': {
      const by = { kind: 'log', signer: logSigners[0] ?? signerOf('none') } as const
      const root = rootOf(append([], 0, entries.slice(0, at).map(leafHash)).frontier)
      const context = 'libral:01990000-0000-4000-8000-00000000000f' as DeploymentId
      const statement = {
        ...{
          v: 1 as const,
          purpose: 'restore' as const,
          context,
          previous: deployment,
          size: at,
          root: toBase64url(root),
        },
        ...{ reason: '故障', issuedAt: began, expiresAt: began + 60_000, operator: 'tanaka' as OperatorId },
      } as const
      const data = { ...makeRestoration(statement, by.signer, null) }
      const events = [{ type: 'log.restored@1', data: data as never }]
      const begins = { command: 'log.restore', params: data as never, events, operator: 'service:log', by }
      return [...entries.slice(0, at), await entryOf(context, at, begins)]
    }
  }
}

const meddle = (part: BundlePart, { kind, seed }: Act<(typeof bundleKinds)[number]>): readonly BundlePart[] => {
  switch (part.kind) {
    case 'manifest': {
      const { manifest } = part
      if (kind === 'witness-list') return [{ ...part, manifest: { ...manifest, witnesses: [] } }]
      if (kind === 'no-evidence') return [{ ...part, manifest: { ...manifest, evidence: 0 } }]
      if (kind === 'frontier' && manifest.frontier.length > 0)
        return [{ ...part, manifest: { ...manifest, frontier: manifest.frontier.toReversed() } }]
      if (kind === 'strip') return [{ ...part, manifest: { ...manifest, checkpoints: 1 } }]
      return [part]
    }
    case 'checkpoint': {
      if (kind === 'forge') return [{ ...part, note: part.note.replace(/\n\d+\n/u, `\n${1 + (seed % size)}\n`) }]
      if (kind === 'head') return [{ ...part, proof: part.proof.toReversed() }]
      return kind === 'strip' && part.note === note ? [] : [part]
    }
    case 'context':
      return kind === 'context' && part.index > 0 ? [{ ...part, bytes: flipped(part.bytes, seed) }] : [part]
    case 'evidence':
      if (kind === 'no-evidence') return []
      return kind === 'evidence' ? [{ ...part, bytes: flipped(part.bytes, seed) }] : [part]
    default:
      return [part]
  }
}

const trusted = (): TrustedKey[] => [
  { kind: 'log', key: logKeyText(honest), label: '', at: 0 },
  { kind: 'certificate', key: operator.certificate.getFingerprint(), label: '', at: 0 },
  { kind: 'witness', key: witnessText('witness'), label: '', at: 0 },
]

interface Attack {
  readonly log: Act<(typeof logKinds)[number]>[]
  readonly bundle: Act<(typeof bundleKinds)[number]>[]
  readonly range: readonly [number, number]
  readonly carries: boolean
}
const attacks: fc.Arbitrary<Attack> = fc.record({
  log: acts(logKinds, 3),
  bundle: acts(bundleKinds, 2),
  range: fc.tuple(fc.nat(size - 1), fc.nat(size - 1)),
  /** Whether the bundle brings the head that a witness signed; leaving it out is theirs to decide. */
  carries: fc.boolean(),
})

interface Reviewed {
  readonly verdict: BundleVerdict
  readonly from: number
  /** Of the range, as the bundle has them. */
  readonly entries: readonly Uint8Array[]
  readonly restored: boolean
}
const reviewed = async (attack: Attack, seen: readonly string[] = []): Promise<Reviewed | null> => {
  let entries: Uint8Array[] = [...honest.entries]
  for (const act of attack.log) entries = await tamper(honest, entries, act)
  const restoredAt = entries.findIndex((bytes) => Buffer.from(bytes).includes('log.restored@1'))
  const deployment =
    restoredAt < 0 ? honest.deployment : ('libral:01990000-0000-4000-8000-00000000000f' as DeploymentId)
  const disk: FixtureLog = { ...honest, deployment, entries }
  const source: LogToBundle = {
    ...sourceOf(disk),
    cosigned: attack.carries ? { notes: [note], witnesses: [witnessText('witness')] } : { notes: [], witnesses: [] },
  }
  const [one, two] = attack.range.map((at) => Math.min(at, entries.length - 1)) as [number, number]
  const [from, to] = [Math.min(one, two), Math.max(one, two) + 1]
  let parts = await partsOf(source, { from, to })
  for (const act of attack.bundle) parts = parts.flatMap((part) => meddle(part, act))
  const bytes = await written(parts)
  // A file that is none of this log, or none at all, is refused before there is a verdict.
  const verdict = await verifyBundle(() => [bytes], { trusted: trusted(), seen }).catch((thrown: unknown) => {
    if (thrown instanceof LibralError) return null
    throw thrown
  })
  if (verdict === null) return null
  return { verdict, from, entries: entries.slice(from, to), restored: restoredAt >= from && restoredAt < to }
}

const isClean = ({ outcome }: BundleVerdict): boolean => outcome !== 'failed'
const asItWas = ({ from, entries }: Reviewed, upTo: number): boolean =>
  entries.every((bytes, at) => from + at >= upTo || equalBytes(bytes, honest.entries[from + at] ?? new Uint8Array()))

/** What an OpenPGP key signed: its statement, and whatever parameters that binds. */
const signedByKey = (bytes: Uint8Array): string | null => {
  const { command } = parsed(bytes)
  if (!command.signatures.some(({ kind }) => kind === 'openpgp')) return null
  return JSON.stringify([command.statement, 'params' in command ? [command.params, command.salt] : null])
}

describe('whoever owns the whole disk of the backend', () => {
  it('changes nothing before a checkpoint that was kept elsewhere', async () => {
    const kept = () => [noteOf(honest, witnessed)]
    await fc.assert(
      fc.asyncProperty(attacks, async (attack) => {
        const found = await reviewed(attack, kept())
        if (found === null || !isClean(found.verdict)) return
        // A restored log says so, and a range that ends before the checkpoint is not told by it.
        if (found.verdict.seen.agreeing === 1) expect(asItWas(found, witnessed)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('can neither take away nor forge what a trusted witness signed, without that being said', async () => {
    await fc.assert(
      fc.asyncProperty(attacks, async (attack) => {
        const found = await reviewed(attack)
        if (found === null || !isClean(found.verdict)) return
        const signed = found.verdict.checkpoints.filter(
          ({ agrees, witnesses }) => agrees && witnesses.some(({ standing }) => standing === 'trusted'),
        )
        // Under no witness's signature the verdict says that the tail is beyond this machine.
        if (signed.length === 0) expect(found.verdict.limits).toContain('tail')
        for (const checkpoint of signed) expect(asItWas(found, checkpoint.size)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('says nothing in the name of who signs by a key of their own, and hides no restored backup', async () => {
    const said = new Set(honest.entries.map(signedByKey))
    await fc.assert(
      fc.asyncProperty(attacks, async (attack) => {
        const found = await reviewed(attack)
        if (found === null || !isClean(found.verdict)) return
        const words = found.entries.flatMap((bytes) => signedByKey(bytes) ?? [])
        for (const one of words) expect(said.has(one)).toBe(true)
        expect(new Set(words).size).toBe(words.length)
        if (found.restored) expect(found.verdict.breaks).toHaveLength(1)
      }),
      { numRuns: 30 },
    )
  })

  it('is found by each of these acts alone, or does what one machine alone cannot find', async () => {
    const named: Record<string, string[]> = {}
    const act = { at: 10, seed: 7 }
    for (const kind of logKinds) {
      const found = await reviewed({ log: [{ kind, ...act }], bundle: [], range: [0, size - 1], carries: true })
      named[kind] = [...new Set(found?.verdict.findings.map(({ code }) => code))].sort()
      // Beside a head that a witness signed, each of them before it is found.
      expect(named[kind], kind).not.toEqual([])
    }
    for (const kind of bundleKinds) {
      const found = await reviewed({ log: [], bundle: [{ kind, ...act }], range: [4, size - 1], carries: true })
      named[`bundle ${kind}`] =
        found === null || isClean(found.verdict) ? (found?.verdict.limits.slice() ?? []) : ['failed']
    }
    expect(named).toMatchObject({
      'bundle forge': ['failed'],
      'bundle evidence': ['failed'],
      'bundle context': ['failed'],
    })
    // What is left out is left out openly: no witness, so the tail is not known.
    expect(named['bundle strip']).toContain('tail')
  })
})
