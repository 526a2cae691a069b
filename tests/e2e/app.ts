import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, test as base, type ElectronApplication, expect, type Page } from '@playwright/test'

/** A screen of this worker's own (build/suites.mjs). */
const screens = JSON.parse(process.env['LIBRAL_DISPLAYS'] ?? '[]') as readonly Readonly<Record<string, string>>[]
Object.assign(process.env, screens[Number(process.env['TEST_PARALLEL_INDEX'])])

/** The checkout: its package.json leads Electron to out/main/index.js. */
export const checkout = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const electronPath = process.env['ELECTRON_EXEC_PATH'] ?? ''
export const electronFlags = (process.env['LIBRAL_ELECTRON_FLAGS'] ?? '').split(' ').filter(Boolean)
/** Whether Chromium's sandbox can work here: false only for root without an ordinary user. */
export const sandboxed = !electronFlags.includes('--no-sandbox')

export interface LaunchOptions {
  /** Of an earlier launch; a fresh one otherwise. */
  readonly profile?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A running app with its first window. */
export interface Libral {
  readonly app: ElectronApplication
  readonly page: Page
  readonly profile: string
  /** The main process. */
  readonly process: ChildProcess
  /** As the log writes times. */
  readonly startedAt: string
  /** What main has logged so far, one object a line. */
  log(): readonly Readonly<Record<string, unknown>>[]
  /** Ends it as the operator would, and waits. */
  quit(): Promise<void>
}

interface Fixtures {
  /** A fresh profile's folder, removed after the test. */
  readonly newProfile: () => string
  readonly launch: (options?: LaunchOptions) => Promise<Libral>
  /** The app on a fresh profile. */
  readonly libral: Libral
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to see what a fixture needs
  newProfile: async ({}, use) => {
    const made: string[] = []
    await use(() => {
      const profile = mkdtempSync(join(tmpdir(), 'lp-'))
      made.push(profile)
      return profile
    })
    for (const profile of made) rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  },
  launch: async ({ newProfile }, use, info) => {
    const running: Libral[] = []
    await use(async ({ profile = newProfile(), ...options } = {}) => {
      const libral = await start(profile, options)
      running.push(libral)
      return libral
    })
    if (info.status !== info.expectedStatus) for (const libral of running) tellLog(libral)
    for (const libral of running) await libral.quit()
  },
  libral: async ({ launch }, use) => use(await launch()),
})
export { expect } from '@playwright/test'

/**
 * One app for all tests of a file, each with the page loaded anew: for tests of which none changes what the next one
 * sees. To be called where tests are declared.
 */
export function oneApp(): () => Libral {
  let libral: Libral | null = null
  const running = (): Libral => {
    if (libral === null) throw new Error('the app has not been started')
    return libral
  }
  test.beforeAll(async () => {
    libral = await start(mkdtempSync(join(tmpdir(), 'lp-')))
  })
  test.beforeEach(async () => {
    const { page } = running()
    await page.evaluate(() => {
      location.hash = ''
    })
    await page.reload()
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  test.afterEach(({}, info) => {
    if (info.status !== info.expectedStatus) tellLog(running())
  })
  test.afterAll(async () => {
    await libral?.quit()
    if (libral !== null) rmSync(libral.profile, { recursive: true, force: true, maxRetries: 5 })
  })
  return running
}

/** Playwright's own is half a minute, which a busy machine can take. */
const startLimitMs = 120_000

const toldLines = 40

/** What main noted last, for whoever reads of a failure on a machine that is gone by then. */
function tellLog({ log, startedAt }: Libral): void {
  const lines = log().filter((it) => String(it['at']) >= startedAt)
  for (const line of lines.slice(-toldLines)) console.log(JSON.stringify(line))
}

export const argumentsFor = (profile: string, args: readonly string[] = []): string[] => [
  checkout,
  ...electronFlags,
  `--user-data-dir=${profile}`,
  ...args,
]

/** Starts the app; whoever calls it directly quits it. */
export async function start(
  profile: string,
  { args = [], env = {} }: Omit<LaunchOptions, 'profile'> = {},
): Promise<Libral> {
  const startedAt = new Date().toISOString()
  const app = await _electron.launch({
    executablePath: electronPath,
    timeout: startLimitMs,
    // Playwright's own default is to switch the sandbox off.
    chromiumSandbox: sandboxed,
    args: ['-r', join(checkout, 'tests/e2e/hold-ready.cjs'), ...argumentsFor(profile, args)],
    // As its users have it; pages elsewhere name their times' zone.
    env: { ...inherited(), TZ: 'Asia/Tokyo', ...env },
  })
  // Playwright forgets it once the app has ended.
  const child = app.process()
  const page = await app.firstWindow({ timeout: startLimitMs })
  // The page has had an answer: main is loaded, and no longer too busy for what a test asks of it.
  await page.locator('#root > *').first().waitFor({ state: 'attached' })
  return { app, page, profile, process: child, startedAt, log: () => readLog(profile), quit: () => quit(app, child) }
}

const inherited = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((it): it is [string, string] => it[1] !== undefined))

async function quit(app: ElectronApplication, child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await app.close()
}

function readLog(profile: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const lines = readFileSync(join(profile, 'logs/main.log'), 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  } catch {
    return []
  }
}

/** Waits until the page shows that it is connected to the backend. */
export const live = (page: Page): Promise<void> => expect(page.locator('[data-link="live"]').first()).toBeVisible()

/** The backend's process, as Chromium lists it; undefined while there is none. */
export const backendPid = (app: ElectronApplication): Promise<number | undefined> =>
  app.evaluate(({ app: it }) => it.getAppMetrics().find((process) => process.name === 'libral-core')?.pid)

/**
 * Kills the backend once it is there, and waits until main has noted its death.
 * @param ended the one that was killed before, which Chromium lists for a moment longer
 * @returns null where main has given it up and starts none
 */
export async function killBackend({ app, log }: Libral, ended: number | null = null): Promise<number | null> {
  const deaths = () => log().filter((line) => line['event'] === 'backend.exit').length
  const givenUp = () => log().findLast((line) => line['event'] === 'backend.state')?.['state'] === 'failed'
  const before = deaths()
  let pid: number | undefined
  await expect
    .poll(async () => {
      pid = await backendPid(app)
      return givenUp() || (pid !== undefined && pid !== ended)
    })
    .toBe(true)
  if (givenUp() || pid === undefined) return null
  process.kill(pid, 'SIGKILL')
  await expect.poll(deaths).toBe(before + 1)
  return pid
}
