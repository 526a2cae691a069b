import { strToU8, zip } from 'fflate'
import type { About } from '#main/ipc/services.ts'
import type { DesktopState, Settings } from '#protocol/desktop.ts'
import { redactedLogs } from './log-lines.ts'

/** What a diagnostics bundle is made of. Ids, states and figures; no rows, no keys, no addresses of people. */
export interface DiagnosticsSources {
  readonly about: About
  readonly state: DesktopState
  readonly settings: Settings
  readonly logs: readonly string[]
  readonly processes: readonly {
    readonly type: string
    readonly pid: number
    readonly cpuPercent: number
    readonly memoryKb: number
  }[]
}

const readme = `Libral Control Center の診断情報です。
版、状態、設定、ログ（ID とコードのみ）が入っています。記録の内容、鍵、個人データは入っていません。
Versions, states, settings and logs (ids and codes only). No rows, no keys, no personal data.
`

/** The bundle as the bytes of a ZIP file. */
export async function bundleDiagnostics(sources: DiagnosticsSources): Promise<Uint8Array> {
  const { about, state, settings, processes } = sources
  const files: Record<string, Uint8Array> = {
    'README.txt': strToU8(readme),
    'about.json': json({ ...about, userData: '[redacted]' }),
    'state.json': json(withoutPeople(state)),
    'settings.json': json(settings),
    'processes.json': json(processes),
    'system.json': json({ platform: process.platform, arch: process.arch, uptime: Math.round(process.uptime()) }),
  }
  for await (const { name, text } of redactedLogs(sources.logs)) files[`logs/${name}`] = strToU8(text)
  return new Promise((resolve, reject) =>
    zip(files, { level: 6 }, (error, bytes) => (error ? reject(error) : resolve(bytes))),
  )
}

const json = (value: unknown): Uint8Array => strToU8(`${JSON.stringify(value, null, 2)}\n`)

/** Who is signed in is nobody's business; with which rights may explain a fault. */
const withoutPeople = (state: DesktopState): unknown => ({
  ...state,
  session: state.session && { ...state.session, operator: '[redacted]', name: '[redacted]' },
})
