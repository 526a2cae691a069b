import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeCertificate } from '#tests/fixtures/tls-front.ts'
import { followTls } from './tls.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'libral-renewal-'))
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

test('renewed files are found without a signal; half of a pair leaves the old one in use until it is whole', async () => {
  const [first, second] = [makeCertificate(folder, 'first'), makeCertificate(folder, 'second')]
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  copyFileSync(first.files.cert, files.certificate)
  copyFileSync(first.files.key, files.key)
  const taken: string[] = []
  const server = { setSecureContext: ({ cert }: { cert: Buffer }) => taken.push(String(cert)) } as unknown as Server
  const logged: string[] = []
  const log = {
    debug: () => undefined,
    info: (event: string) => logged.push(event),
    warn: () => undefined,
    error: (event: string) => logged.push(event),
  }
  const end = followTls(files, [server], log)
  /** Looks again and again, as time does, until it holds. */
  const looked = async (holds: () => boolean): Promise<void> => {
    for (const until = performance.now() + 20_000; !holds(); ) {
      if (performance.now() > until) throw new Error(`never: ${logged}`)
      vi.advanceTimersByTime(10_000)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  // Another one before each look: the first only learns what is there.
  let halves = 0
  await looked(() => {
    writeFileSync(files.certificate, 'half'.repeat(++halves))
    return logged.at(-1) === 'tls.not-renewed'
  })
  const before = logged.length
  copyFileSync(second.files.cert, files.certificate)
  await looked(() => logged.length > before)
  expect(taken).toEqual([])
  copyFileSync(second.files.key, files.key)
  await looked(() => logged.at(-1) === 'tls.renewed')
  expect(taken.at(-1)).toBe(readFileSync(second.files.cert, 'utf8'))
  const told = logged.length
  end()
  copyFileSync(first.files.key, files.key)
  vi.advanceTimersByTime(60_000)
  expect(logged).toHaveLength(told)
})
