import { certificateRegistered } from '#protocol/certificates.ts'
import { LibralError } from '#protocol/errors.ts'
import type { ReviewFilter } from '#protocol/review.ts'
import { handOver } from '#protocol/sealed-hand-over.ts'
import { parseEntry } from '#trust/entry.ts'
import { createKeysInLog } from '#trust/review/keys-in-log.ts'
import type { EntryIndex } from './entry-index.ts'
import type { BundleContents } from './fill.ts'
import type { HandOverFound, LogNames, SealedFound } from './messages.ts'

/** What a review needs of a bundle to open a key file: who may have signed it, and what its record says. */

/** Certificates that are handed to the vault: the last ones, should a log have more. */
const mostCertificates = 512

export const logNames = ({ manifest, context, speaking }: BundleContents, index: EntryIndex): LogNames => {
  const keys = createKeysInLog()
  const certificates: LogNames['certificates'][number][] = []
  const learn = (bytes: Uint8Array): void => {
    const entry = parsedOrNull(bytes)
    if (entry === null) return
    keys.learn(entry)
    for (const { type, data } of entry.events) {
      const found = type === certificateRegistered.type ? certificateRegistered.data.safeParse(data) : null
      if (found?.success) {
        const { operator, fingerprint, certificate } = found.data
        certificates.push({ operator, fingerprint, certificate })
      }
    }
  }
  for (const one of context) if (one.index < manifest.from) learn(one.bytes)
  for (const at of speaking) learn(index.read(at)?.bytes ?? new Uint8Array())
  for (const one of context) if (one.index >= manifest.from) learn(one.bytes)
  const deployments = new Set<string>([manifest.origin, ...keys.ids().map(({ deployment }) => deployment)])
  return { deployments: [...deployments], certificates: certificates.slice(-mostCertificates) }
}

const everything: ReviewFilter = {
  ...{ text: '', from: null, to: null, actors: [], risks: [], outcomes: [], standings: [] },
  ...{ commands: [handOver.name], object: null, noted: false },
}

/** The entry of a hand-over, found by its command's id; null: it is not in this range. */
export const handOverIn = (index: EntryIndex, command: string): HandOverFound | null => {
  const { rows } = index.query({ filter: { ...everything, text: command }, descending: false, after: null, limit: 10 })
  for (const row of rows) {
    const entry = parsedOrNull(index.read(row.index)?.bytes ?? new Uint8Array())
    if (entry === null || entry.command.statement.id !== command || !('params' in entry.command)) continue
    const params = handOver.params.safeParse(entry.command.params)
    if (!params.success) continue
    const { class: sealClass, from, to, fingerprint } = params.data
    return {
      ...{ index: row.index, standing: row.standing, operator: entry.command.statement.operator },
      ...{ class: sealClass, from, to: Math.min(to, row.index), fingerprint },
    }
  }
  return null
}

/** Of an entry with sealed parameters, what opens and proves them. @throws LibralError `log.out-of-range`, `sealed.not-handed-over` */
export const sealedAt = (index: EntryIndex, at: number): SealedFound => {
  const read = index.read(at)
  if (read === null) throw new LibralError('log.out-of-range', { index: at, size: index.from + index.size() })
  const entry = parsedOrNull(read.bytes)
  if (entry === null || !('sealed' in entry.command)) throw new LibralError('sealed.not-handed-over')
  const { id, command, context, paramsDigest } = entry.command.statement
  return { index: at, at: entry.at, statement: { id, command, context, paramsDigest }, sealed: entry.command.sealed }
}

const parsedOrNull = (bytes: Uint8Array) => {
  try {
    return parseEntry(bytes)
  } catch {
    return null
  }
}
