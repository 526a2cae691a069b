import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresServer } from '#tests/fixtures/servers/postgres.ts'

/** A tablespace on a small file system of its own. */
export interface Room {
  readonly name: string
  /** Takes all but these bytes away, as another program's files would. */
  leave(bytes: number): Promise<void>
  /** Gives it back. */
  widen(): void
  remove(): void
}

/** Only root may mount. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0

const sizeBytes = 128 * 1024 * 1024

export const makeRoom = async (server: PostgresServer): Promise<Room> => {
  const name = `room${randomBytes(4).toString('hex')}`
  const place = join(server.folder, name)
  const ballast = join(place, 'ballast')
  const space = join(place, 'space')
  mkdirSync(place)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=755`, 'tmpfs', place])
  mkdirSync(space, { mode: 0o700 })
  if (server.account) chownSync(space, server.account.uid, server.account.gid)
  await server.query(`create tablespace ${name} location '${space}'`)
  return {
    name,
    leave: async (bytes) => {
      // Pages that so far are in memory alone take their place first.
      await server.query('checkpoint')
      const { bavail, bsize } = statfsSync(place)
      try {
        writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes), 1))
      } catch (error) {
        // The server may have taken more meanwhile: then it is full already, as was wanted.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    widen: () => rmSync(ballast, { force: true }),
    remove: () => void execFileSync('umount', ['-l', place]),
  }
}
