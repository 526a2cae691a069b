import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { LibralError } from '#protocol/errors.ts'
import { readBounded } from './bounded-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'libral-bounded-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file is read whole up to the limit, and not a byte beyond it', async () => {
  const file = join(folder, 'x')
  for (const size of [0, 1, 99_999, 100_000]) {
    const content = Buffer.alloc(size, 7)
    writeFileSync(file, content)
    expect((await readBounded(file, 100_000)).equals(content)).toBe(true)
  }
  writeFileSync(file, Buffer.alloc(100_001))
  await expect(readBounded(file, 100_000)).rejects.toMatchObject({
    code: 'input.too-large',
    params: { limit: 100_000 },
  })
  const own = new LibralError('approvals.file-unreadable')
  await expect(readBounded(file, 100_000, own)).rejects.toBe(own)
})

test('what has no end is too large, and what is no file is unreadable', async () => {
  if (process.platform !== 'win32')
    await expect(readBounded('/dev/zero', 100_000)).rejects.toMatchObject({ code: 'input.too-large' })
  await expect(readBounded(folder, 100)).rejects.toMatchObject({ code: 'file.unreadable' })
  await expect(readBounded(join(folder, 'absent'), 100)).rejects.toMatchObject({ code: 'file.unreadable' })
})
