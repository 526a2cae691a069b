import {
  type BundleFinding,
  type BundleKey,
  type BundleStep,
  type BundleVerdict,
  bundleSteps,
  type Manifest,
} from '#protocol/bundle.ts'
import { type Failure, LibralError } from '#protocol/errors.ts'
import { toBase64url } from '../bytes.ts'
import { formatNoteKey, type NoteKey, noteKeyTypes } from '../tlog/note.ts'
import type { JudgedCheckpoint, LogKeys } from './checkpoints.ts'
import { mostFindings } from './findings.ts'
import type { FirstPass, JudgedTree } from './first-pass.ts'
import type { VerifyOptions } from './options.ts'
import type { SecondPass } from './second-pass.ts'

const stepsOf: Readonly<Record<BundleFinding['code'], BundleStep | readonly BundleStep[]>> = {
  'not-included': 'tree',
  // The tree leads to another root, and a checkpoint that the entries don't agree with proves nothing.
  'checkpoint-differs': ['tree', 'checkpoints'],
  'seen-differs': 'tree',
  'seen-ahead': 'tree',
  'root-differs': 'tree',
  'restoration-invalid': 'tree',
  'checkpoint-unsigned': 'checkpoints',
  'checkpoint-forged': 'checkpoints',
  'other-log-key': 'checkpoints',
  missing: 'entries',
  malformed: 'entries',
  misplaced: 'entries',
  edited: 'entries',
  repeated: 'entries',
  foreign: 'entries',
  'params-altered': 'entries',
  'key-unknown': 'signatures',
  'key-not-allowed': 'signatures',
  'signature-invalid': 'signatures',
  'evidence-unnamed': 'evidence',
}

export const unreadable = (first: FirstPass, failure: Failure, { seen }: VerifyOptions): BundleVerdict => ({
  outcome: 'failed',
  manifest: first.manifest,
  failure,
  digest: null,
  steps: bundleSteps.map((step) => ({
    step,
    state: step === 'container' ? 'failed' : 'skipped',
    done: step === 'container' ? first.frames : 0,
    all: 0,
  })),
  signatures: { verified: 0, unconfirmed: 0, all: 0 },
  checkpoints: [],
  seen: { given: seen?.length ?? 0, compared: 0, agreeing: 0 },
  keys: [],
  doubts: [],
  breaks: [],
  findings: [],
  found: 0,
  limits: [],
})

export const verdictOf = (
  first: FirstPass,
  { checkpoints, logTrusted, seen: { head: headSeen, ...seen } }: JudgedTree,
  second: SecondPass,
  { treeOnly }: VerifyOptions,
): BundleVerdict => {
  const { manifest, digest, logKeys } = first
  if (manifest === null || digest === null) throw new LibralError('bundle.malformed', { at: 0 })
  const range = manifest.to - manifest.from
  const codes = new Map([...first.findings.codes, ...second.findings.codes])
  const failed = new Set([...codes.keys()].flatMap((code) => stepsOf[code]))
  const rightBy = (trusted: boolean): number =>
    [...second.right].reduce((sum, [root, { count }]) => (isTrusted(root) === trusted ? sum + count : sum), 0)
  const isTrusted = (root: string): boolean => logTrusted && (root === '' || second.trustedCertificates.has(root))
  const signatures = { verified: rightBy(true), unconfirmed: rightBy(false), all: second.signatures }
  const right = signatures.verified + signatures.unconfirmed
  const counts: Readonly<Record<BundleStep, readonly [number, number]>> = {
    container: [first.frames, first.frames],
    tree: [first.done, range],
    checkpoints: [checkpoints.filter((it) => it?.agrees).length, checkpoints.length],
    entries: [second.done - second.faulty, range],
    signatures: [right, signatures.all],
    evidence: [second.evidence, manifest.evidence],
  }
  const skipped = (step: BundleStep): boolean => treeOnly === true && bundleSteps.indexOf(step) > 2
  const found = first.findings.count + second.findings.count
  const keys = keysOf(manifest, logKeys, logTrusted, checkpoints, second)
  const wholeTrust = keys.every(({ kind, standing }) => kind === 'witness' || standing === 'trusted')
  const doubts = [...second.doubts].map(([fingerprint, resting]) => ({
    fingerprint,
    ...(first.compromised.get(fingerprint) ?? { operator: '', revoked: 0 }),
    ...resting,
  }))
  return {
    outcome: found > 0 ? 'failed' : wholeTrust && doubts.length === 0 && treeOnly !== true ? 'verified' : 'unconfirmed',
    manifest,
    failure: null,
    digest: toBase64url(digest),
    steps: bundleSteps.map((step) => ({
      step,
      state: failed.has(step) ? 'failed' : skipped(step) ? 'skipped' : 'passed',
      done: counts[step][0],
      all: counts[step][1],
    })),
    signatures,
    checkpoints: checkpoints.flatMap((it) =>
      it === null
        ? []
        : [
            {
              size: it.size,
              root: it.root,
              agrees: it.agrees,
              witnesses: it.witnesses.map(({ witness: { key, standing }, at }) => ({ name: key.name, standing, at })),
            },
          ],
    ),
    seen,
    keys,
    doubts,
    breaks: breaksIn(first),
    findings: [...first.findings.first, ...second.findings.first]
      .sort((one, other) => one.index - other.index)
      .slice(0, mostFindings),
    found,
    limits: [
      ...(headSeen || isWitnessed(checkpoints) ? [] : (['tail'] as const)),
      ...(manifest.from > 0 ? (['keys'] as const) : []),
      ...(second.sealed > 0 ? (['sealed'] as const) : []),
    ],
  }
}

/** One whose statement contradicts the history before it explains nothing: it stands among the findings alone. */
const breaksIn = ({ keys, contradicted }: FirstPass): BundleVerdict['breaks'] =>
  keys.ids().flatMap(({ deployment: origin, restored }) => {
    if (restored === null || contradicted.has(restored.index)) return []
    const { previous, operator, reason } = restored.restoration.statement
    return [{ index: restored.index, previous, origin, operator, reason }]
  })

/** Somebody whom a person here trusts saw the log end there. */
const isWitnessed = ([head]: readonly (JudgedCheckpoint | null)[]): boolean =>
  head?.agrees === true && head.witnesses.some(({ witness }) => witness.standing === 'trusted')

const keysOf = (
  { origin }: Manifest,
  logKeys: LogKeys,
  logTrusted: boolean,
  checkpoints: readonly (JudgedCheckpoint | null)[],
  { right, trustedCertificates }: SecondPass,
): BundleKey[] => {
  const newest = logKeys.at(-1)
  const log: BundleKey[] = newest
    ? [
        {
          kind: 'log',
          key: formatNoteKey({ name: origin, type: noteKeyTypes.signature, publicKey: newest.key }),
          name: origin,
          standing: logTrusted ? 'trusted' : 'unconfirmed',
          signatures: right.get('')?.count ?? 0,
        },
      ]
    : []
  const certificates = [...right]
    .filter(([root]) => root !== '')
    .map(
      ([key, { count, operator }]): BundleKey => ({
        kind: 'certificate',
        key,
        name: operator,
        standing: trustedCertificates.has(key) ? 'trusted' : 'unconfirmed',
        signatures: count,
      }),
    )
  const seen = new Map<NoteKey, BundleKey>()
  for (const { witness } of checkpoints.flatMap((it) => it?.witnesses ?? [])) {
    const before = seen.get(witness.key)?.signatures ?? 0
    const { key, standing } = witness
    seen.set(key, { kind: 'witness', key: formatNoteKey(key), name: key.name, standing, signatures: before + 1 })
  }
  return [...log, ...seen.values(), ...certificates]
}
