import { closeSync, createReadStream, existsSync, fstatSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { collect } from '../../vault/openpgp/byte-reader.ts'
import { SopError } from './failure.ts'

/**
 * "Special Designators for Indirect Types": a file's name, `@ENV:NAME` or `@FD:7`. Keys, certificates, passwords and
 * session keys come this way, never in the arguments themselves.
 */

/** More than any of them. */
const limit = 16 * 1024 * 1024

type Designator =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'fd'; readonly fd: number }

function parse(text: string): Designator {
  if (!text.startsWith('@')) return { kind: 'file', name: text }
  if (existsSync(text)) throw new SopError('AMBIGUOUS_INPUT', `${text}: ./${text} と書けばファイルを指します`)
  const env = /^@ENV:(.+)$/s.exec(text)?.[1]
  if (env !== undefined) return { kind: 'env', name: env }
  const fd = /^@FD:(\d{1,6})$/.exec(text)?.[1]
  if (fd !== undefined) return { kind: 'fd', fd: Number(fd) }
  throw new SopError('UNSUPPORTED_SPECIAL_PREFIX', text)
}

/** @throws SopError MISSING_INPUT, AMBIGUOUS_INPUT, UNSUPPORTED_SPECIAL_PREFIX, BAD_DATA above 16 MiB */
export async function readDesignated(text: string): Promise<Uint8Array> {
  const from = parse(text)
  const missing = (cause?: unknown) => new SopError('MISSING_INPUT', text, { cause })
  if (from.kind === 'env') {
    const value = process.env[from.name]
    if (value === undefined) throw missing()
    return Buffer.from(value, 'utf8')
  }
  if (from.kind === 'file')
    return readFile(from.name).catch((cause: unknown) => {
      throw missing(cause)
    })
  try {
    fstatSync(from.fd)
  } catch (cause) {
    throw missing(cause)
  }
  return collect(createReadStream('', { fd: from.fd }), limit)
}

export interface Output {
  write(bytes: Uint8Array | string): void
  /** Takes away what was begun, where something failed. */
  discard(): void
  close(): void
}

/**
 * Claims an output before any work is done for it.
 * @throws SopError OUTPUT_EXISTS, UNSUPPORTED_SPECIAL_PREFIX, MISSING_INPUT for a descriptor that is not open
 */
export function openOutput(text: string): Output {
  const to = parse(text)
  if (to.kind === 'env') throw new SopError('UNSUPPORTED_SPECIAL_PREFIX', text)
  if (to.kind === 'fd') {
    try {
      fstatSync(to.fd)
    } catch (cause) {
      throw new SopError('MISSING_INPUT', text, { cause })
    }
    return { write: (bytes) => writeAll(to.fd, bytes), discard: () => {}, close: () => {} }
  }
  const fd = created(to.name)
  return {
    write: (bytes) => writeAll(fd, bytes),
    discard() {
      closeSync(fd)
      unlinkSync(to.name)
    },
    close: () => closeSync(fd),
  }
}

function created(name: string): number {
  try {
    return openSync(name, 'wx', 0o600)
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    throw new SopError(exists ? 'OUTPUT_EXISTS' : 'UNSPECIFIED_FAILURE', name, { cause })
  }
}

function writeAll(fd: number, bytes: Uint8Array | string): void {
  const all = Buffer.from(bytes as string)
  for (let at = 0; at < all.byteLength; ) at += writeSync(fd, all, at)
}
