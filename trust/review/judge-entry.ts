import type { Finding } from '#protocol/audit.ts'
import type { Signature } from '#protocol/command.ts'
import type { Entry } from '#protocol/entry.ts'
import { logRestored } from '#protocol/log.ts'
import { type ReadEntry, readEntry } from '../entry.ts'
import { paramsDigestOver } from '../statement.ts'
import type { KeysInLog, Verifying } from './keys-in-log.ts'

export interface JudgedEntry {
  /** null: the bytes are no entry. */
  readonly entry: Entry | null
  /** Of this entry alone: whether its id stands in the log before, its reader has to know. */
  readonly findings: readonly Finding['code'][]
  /** Those that can be verified at all; what else it bears stands among the findings. */
  readonly signatures: readonly { readonly signature: Signature; readonly verifying: Verifying }[]
  /** Fingerprints of the certificates on which its signatures rest, directly or by a session key. */
  readonly restsOn: readonly string[]
}

/**
 * Judges one entry by what stands before it, and takes in what it says of keys. Entries come in the order of the log;
 * those in between that say nothing of keys may be left out.
 */
export const judgeEntry = (keys: KeysInLog, index: number, bytes: Uint8Array): JudgedEntry => {
  const read = parsed(bytes)
  if (read === null) return { entry: null, findings: ['malformed'], signatures: [], restsOn: [] }
  const { entry, statement, params } = read
  const { command } = entry
  const findings: Finding['code'][] = []
  if (entry.index !== index) findings.push('misplaced')
  // What is sealed can be held against its digest only by a custodian who opens it.
  const digest = params !== null && 'salt' in command ? paramsDigestOver(command.salt, params) : null
  if (digest !== null && digest !== command.statement.paramsDigest) findings.push('params-altered')
  // Entry 0 names the key under which it is signed, a restored backup its new id; every other is judged by what came before it.
  const restores = entry.events.some(({ type }) => type === logRestored.type)
  if (index === 0 || restores) {
    const before = keys.ids().length
    keys.learn(entry)
    // Without the log's own signature, or over another place, nothing begins anew.
    if (restores && keys.ids().length === before) findings.push('restoration-invalid')
  }
  if (command.statement.context !== keys.deployment()) findings.push('foreign')
  const signatures: { readonly signature: Signature; readonly verifying: Verifying }[] = []
  for (const signature of command.signatures) {
    const verifying = keys.verifying(command, signature, entry.at, { statement, params })
    if (typeof verifying === 'string') findings.push(verifying)
    else signatures.push({ signature, verifying })
  }
  const restsOn = command.signatures.flatMap((signature) => keys.certificateBehind(signature) ?? [])
  if (index > 0 && !restores) keys.learn(entry)
  return { entry, findings, signatures, restsOn }
}

const parsed = (bytes: Uint8Array): ReadEntry | null => {
  try {
    return readEntry(bytes)
  } catch {
    return null
  }
}
