import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Failure } from '#protocol/errors.ts'
import { bundleOf, makeLog, sourceOf } from '#tests/fixtures/bundle/log.ts'
import { startSession } from './session.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const failuresOf = async (bytes: Uint8Array) => {
  const folder = mkdtempSync(join(tmpdir(), 'libral-session-'))
  folders.push(folder)
  const file = join(folder, 'a.libral-bundle')
  writeFileSync(file, bytes)
  const failures: Failure[] = []
  const session = startSession(folder, { file, sessionKey: null }, [], {
    progress: () => {},
    open: () => {},
    failed: (failure) => void failures.push(failure),
  })
  // A worker that can't open its bundle answers nothing: what is asked of it is refused as it exits.
  const refused = await session.call('facets').then(
    () => null,
    (error: unknown) => error,
  )
  expect(failures).toHaveLength(1)
  await expect(session.call('facets')).rejects.toEqual(refused)
  await session.close()
  return { failures: failures.map(({ code }) => code), refused }
}

it('goes on telling why a bundle could not be read, once its worker has exited', async () => {
  const whole = await bundleOf(sourceOf(await makeLog({ count: 20 })))
  const cut = await failuresOf(whole.slice(0, whole.byteLength - 40))
  expect(cut).toMatchObject({ failures: ['bundle.truncated'], refused: { code: 'bundle.truncated' } })
  const text = await failuresOf(Buffer.from('This is a letter, and no bundle. '.repeat(20)))
  expect(text).toMatchObject({ failures: ['bundle.not-a-bundle'] })
})
