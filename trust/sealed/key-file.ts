import { z } from 'zod'
import { LibralError } from '#protocol/errors.ts'
import {
  type HandOverCounts,
  handOverCountsSchema,
  handOverLimits,
  type KeyFileHead,
  keyFileHeadSchema,
  type WithoutKey,
  withoutSchema,
} from '#protocol/sealed-hand-over.ts'
import { dataKeyIdSchema, type SubjectId, subjectSchema } from '#protocol/sealed-value.ts'
import { fromBase64url, toBase64url } from '../bytes.ts'
import { canonicalBytes } from '../canonical.ts'
import { parseStrict } from '../strict-json.ts'

/**
 * What lies in a key file (鍵ファイル, `.lbkeys`) inside its OpenPGP message: lines of canonical JSON. The first is the
 * head; then a line for each key of the range, with its secret or why there is none; the last one counts them.
 */

const keyLineSchema = z.strictObject({
  subject: subjectSchema,
  key: dataKeyIdSchema,
  /** 32 bytes in base64url. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
const endSchema = z.strictObject({ end: handOverCountsSchema })

/** A key in a file, 32 bytes. */
export interface HandedKey {
  readonly subject: SubjectId
  readonly secret: Uint8Array
}

export interface KeyFile {
  readonly head: KeyFileHead
  readonly keys: ReadonlyMap<string, HandedKey>
  readonly without: ReadonlyMap<string, WithoutKey>
  readonly counts: HandOverCounts
}

const newline = Buffer.from('\n')
const line = (value: Parameters<typeof canonicalBytes>[0]): Buffer => Buffer.concat([canonicalBytes(value), newline])

/** Longest line; a file has at most as many as keys and two more. */
const longestLine = 4_096
/** More than any file of this build: a reader refuses what is longer before it holds it. */
export const largestKeyFile = handOverLimits.keys * 512

/** Writes a file's lines one after another, each key once. */
export interface KeyFileLines {
  add(key: { readonly subject: SubjectId; readonly key: string; readonly secret: Uint8Array }): void
  leaveOut(key: WithoutKey): void
  counts(): HandOverCounts
  /** The whole text. Whoever got it wipes it. */
  end(): Uint8Array
  /** Overwrites what was written. */
  wipe(): void
}

export const keyFileLines = (head: KeyFileHead): KeyFileLines => {
  const lines: Buffer[] = [line(head)]
  const seen = new Set<string>()
  const subjects = new Set<string>()
  const counted = { keys: 0, erased: 0, lacking: 0 }
  const isNew = (key: string): boolean => {
    if (seen.has(key)) return false
    if (seen.size >= handOverLimits.keys) throw new LibralError('sealed.too-many-keys', { limit: handOverLimits.keys })
    seen.add(key)
    return true
  }
  const counts = (): HandOverCounts => ({ ...counted, subjects: subjects.size })
  return {
    add: ({ subject, key, secret }) => {
      if (!isNew(key)) return
      lines.push(line({ subject, key, secret: toBase64url(secret) }))
      subjects.add(subject)
      counted.keys++
    },
    leaveOut: ({ subject, key, why }) => {
      if (!isNew(key)) return
      lines.push(line({ subject, key, why }))
      counted[why]++
    },
    counts,
    end: () => {
      lines.push(line({ end: { ...counts() } }))
      return Buffer.concat(lines)
    },
    wipe: () => {
      for (const one of lines) one.fill(0)
      lines.length = 0
    },
  }
}

/**
 * Reads the lines of a file. Every deviation refuses the whole: a file is as its custodian signed it, or it is none.
 * @throws LibralError `sealed.keys-unreadable`
 */
export const readKeyFileLines = (bytes: Uint8Array): KeyFile => {
  try {
    return readLines(bytes)
  } catch (cause) {
    throw new LibralError('sealed.keys-unreadable', {}, { cause })
  }
}

const readLines = (bytes: Uint8Array): KeyFile => {
  const lines = linesOf(bytes)
  const first = lines.next()
  if (first.done) throw new Error('empty')
  const head = keyFileHeadSchema.parse(parseStrict(first.value, longestLine))
  const keys = new Map<string, HandedKey>()
  const without = new Map<string, WithoutKey>()
  const subjects = new Set<string>()
  for (const text of lines) {
    const value = parseStrict(text, longestLine) as Readonly<Record<string, unknown>>
    if ('end' in value) {
      const counts = endSchema.parse(value).end
      const whole =
        lines.next().done === true &&
        counts.keys === keys.size &&
        counts.subjects === subjects.size &&
        counts.erased + counts.lacking === without.size
      if (!whole) throw new Error('counts')
      return { head, keys, without, counts }
    }
    const known = String(value['key'])
    if (keys.has(known) || without.has(known) || keys.size + without.size >= handOverLimits.keys)
      throw new Error('twice')
    if ('why' in value) without.set(known, withoutSchema.parse(value))
    else {
      const { subject, key, secret } = keyLineSchema.parse(value)
      keys.set(key, { subject, secret: fromBase64url(secret) })
      subjects.add(subject)
    }
  }
  throw new Error('no end')
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let from = 0; from < bytes.byteLength; ) {
    const end = bytes.indexOf(0x0a, from)
    if (end < 0) throw new Error('no newline')
    yield bytes.subarray(from, end)
    from = end + 1
  }
}
