import { LibralError } from '#protocol/errors.ts'

/** No page, no byte of the write-ahead log or no memory shared with it could be added. */
const full = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'])
/** A wrong key and a damaged page look alike: neither page authenticates. */
const unreadable = [
  'SQLITE_NOTADB',
  'SQLITE_CORRUPT',
  'SQLITE_IOERR_SHORT_READ',
  'SQLITE_IOERR_DATA',
  'SQLITE_CANTOPEN',
]

/** SQLite's failure as ours: `storage.full`, `storage.unreadable`; anything else unchanged. */
export const storageFailure = (thrown: unknown): unknown => {
  const code = codeOf(thrown)
  if (code === undefined) return thrown
  if (full.has(code)) return new LibralError('storage.full', {}, { cause: thrown })
  if (unreadable.some((known) => code.startsWith(known))) {
    return new LibralError('storage.unreadable', { reason: code }, { cause: thrown })
  }
  return thrown
}

/** Extended result code such as `SQLITE_BUSY`, if SQLite threw it. */
export const codeOf = (thrown: unknown): string | undefined => {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined
}
