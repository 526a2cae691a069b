import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { derive } from '#main/app/storage-key.ts'
import { recordEvents } from '#protocol/events.ts'
import { newDeployment } from '#tests/integration/kernel/harness.ts'
import { controlCenter, launch } from './launch.ts'

const perCommand = 80
const words = ['決済', 'バックアップ', '接続', '遅延', '再試行', '鍵', '監査', '返金']

/**
 * A profile as an operator's is after some weeks: the backend's log with this many events, and, after one run of the
 * app, the replica with the same. Its key lies open at first; the app puts it under the keychain where there is one.
 */
export const keptProfile = async (events: number): Promise<string> => {
  const profile = mkdtempSync(join(tmpdir(), 'libral-bench-'))
  const directory = join(profile, 'deployments', 'local')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const master = randomBytes(32)
  const key = { v: 1, kind: 'file', key: master.toString('base64url') }
  writeFileSync(join(directory, 'storage.key'), JSON.stringify(key), { mode: 0o600 })
  await record(events, directory, derive(master, 'backend'))
  await runUntilSynced(profile)
  return profile
}

const record = async (events: number, directory: string, key: Uint8Array): Promise<void> => {
  const { kernel, service } = await newDeployment(directory, key).open()
  const event = (nth: number) => ({
    category: (['system', 'user', 'payment', 'api'] as const)[nth % 4] ?? 'system',
    severity: (['info', 'notice', 'warning', 'minor'] as const)[nth % 7] ?? 'info',
    code: 'events.note',
    params: { title: `${words[nth % words.length]}の記録 ${nth}` },
    detail: '',
  })
  for (let nth = 0; nth < events; nth += perCommand * 64) {
    const commands = Array.from({ length: Math.min(64, Math.ceil((events - nth) / perCommand)) }, (_, command) =>
      Array.from({ length: perCommand }, (_, at) => event(nth + command * perCommand + at)),
    )
    await Promise.all(commands.map((some) => service('events', { command: recordEvents, params: { events: some } })))
  }
  await kernel.drain()
}

/** One run until the replica has everything: the link is `live` only then. */
const runUntilSynced = async (profile: string): Promise<void> => {
  const { child, ended } = await launch(controlCenter, profile)
  const log = join(profile, 'logs', 'main.log')
  while (!readFileSync(log, 'utf8').includes('"to":"live"')) await pause(200)
  // Figures for the next start are kept every ten seconds.
  await pause(11_000)
  child.kill('SIGTERM')
  await ended
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
