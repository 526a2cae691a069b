import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeCertificate } from '#tests/fixtures/tls-front.ts'
import { followTls, readTls } from './tls.ts'

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
  const end = followTls(files, readTls(files).stamp, [server], log)
  /** Looks again and again, as time does, until it holds. */
  const looked = async (holds: () => boolean): Promise<void> => {
    for (const until = performance.now() + 20_000; !holds(); ) {
      if (performance.now() > until) throw new Error(`never: ${logged}`)
      vi.advanceTimersByTime(10_000)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  writeFileSync(files.certificate, 'half')
  await looked(() => logged.at(-1) === 'tls.not-renewed')
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

test('files that were renewed while the backend started are found at the first look, and read once', async () => {
  const [first, second] = [makeCertificate(folder, 'first'), makeCertificate(folder, 'second')]
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  copyFileSync(first.files.cert, files.certificate)
  copyFileSync(first.files.key, files.key)
  const begun = readTls(files)
  copyFileSync(second.files.cert, files.certificate)
  copyFileSync(second.files.key, files.key)
  const taken = Promise.withResolvers<string>()
  let renewals = 0
  const server = { setSecureContext: ({ cert }: { cert: Buffer }) => taken.resolve(String(cert)) } as unknown as Server
  const log = { debug: () => undefined, info: () => renewals++, warn: () => undefined, error: () => undefined }
  const end = followTls(files, begun.stamp, [server], log)
  vi.advanceTimersByTime(10_000)
  expect(await taken.promise).toBe(second.cert)
  vi.advanceTimersByTime(30_000)
  await new Promise((resolve) => setTimeout(resolve, 100))
  end()
  expect(renewals).toBe(1)
})
