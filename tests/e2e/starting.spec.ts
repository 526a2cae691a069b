import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argumentsFor, checkout, electronFlags, electronPath, expect, test } from './app.ts'

interface Ended {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Runs an app to its end, as a script would. */
const runToEnd = (args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(electronPath, [...args], { timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? (error ? 'killed' : 0), stdout, stderr }),
    )
  })

test('a second start says whose turn it is, and a script that waits for a paint fails', async ({ libral }) => {
  await libral.page.locator('[data-link]').first().waitFor()
  const person = await runToEnd(argumentsFor(libral.profile))
  expect(person).toMatchObject({ code: 0, stdout: expect.stringMatching(/^libral: already-running$/m) })
  const script = await runToEnd(argumentsFor(libral.profile, ['--exit-after-first-paint']))
  expect(script).toMatchObject({ code: 75, stdout: expect.stringMatching(/^libral: already-running$/m) })
  expect(script.stdout).not.toContain('first-paint')
})

test('an app whose core can not be loaded ends with 1 and says where', async ({ newProfile }) => {
  const profile = newProfile()
  const broken = newProfile()
  for (const name of ['package.json', 'resources']) symlinkSync(join(checkout, name), join(broken, name))
  mkdirSync(join(broken, 'out'))
  cpSync(join(checkout, 'out/main'), join(broken, 'out/main'), { recursive: true })
  for (const name of ['preload', 'renderer']) symlinkSync(join(checkout, 'out', name), join(broken, 'out', name))
  const chunks = join(broken, 'out/main/chunks')
  for (const name of readdirSync(chunks).filter((it) => /^core-.*\.js$/.test(it)))
    writeFileSync(join(chunks, name), 'throw new TypeError("broken on purpose")\nexport {}\n')
  const ended = await runToEnd([broken, ...electronFlags, `--user-data-dir=${profile}`, '--exit-after-first-paint'])
  expect(ended.code).toBe(1)
  expect(ended.stderr).toContain('libral: start-failed {"code":"')
  const line = readFileSync(join(profile, 'logs/main.log'), 'utf8')
  expect(line).toMatch(/"event":"app\.start-failed".*"where":"out\/main\/chunks\/core-/)
  expect(line).not.toContain('on purpose')
})

test('where its folder can not be used the app says so, stays, and quits', async ({ launch, newProfile }) => {
  const profile = newProfile()
  writeFileSync(join(profile, 'deployments'), 'a file where a folder should be')
  const { log, page, process: child, quit } = await launch({ profile })
  await page.locator('[data-link]').first().waitFor()
  await expect.poll(() => log().some((it) => it['event'] === 'keys.unavailable')).toBe(true)
  await quit()
  expect(child.exitCode).toBe(0)
})
