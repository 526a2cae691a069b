import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { live, start } from '#tests/e2e/app.ts'
import { type Delay, delayOfMain, watchMain } from '#tests/e2e/main-delay.ts'
import { Messages } from '#tests/e2e/pages/messages.ts'

/**
 * How late main's event loop is while the vault works: 200 MB are encrypted and decrypted through メッセージ, several
 * times, beside the same app on the same page doing nothing, in turn in one run.
 */
const goal = 50
const rounds = 3
const megabytes = 200

const say = (what: string, all: readonly Delay[]): number => {
  const [most, own] = [Math.max(...all.map(({ max }) => max)), Math.max(...all.map((it) => it.own))]
  const usual = all.map(({ p99 }) => p99.toFixed(1)).join(', ')
  console.log(
    `openpgp.main-delay ${what.padEnd(7)} at most ${most.toFixed(0)} ms, of its own work ${own.toFixed(0)}; p99 per round ${usual} ms`,
  )
  return most
}

const profile = mkdtempSync(join(tmpdir(), 'libral-openpgp-'))
const out = join(profile, 'out')
const big = join(profile, 'big.bin')
mkdirSync(out)
const block = Buffer.alloc(1_000_000)
for (let at = 0; at < megabytes; at++) writeFileSync(big, block.fill(at), { flag: 'a' })
const libral = await start(profile)
try {
  const { app, page } = libral
  await live(page)
  const messages = new Messages(app, page)
  await messages.keys.setUp('kuroshio-no-nagare-42')
  const details = await messages.keys.create('田中花子', 'hanako@example.jp')
  await details.getByRole('button', { name: '閉じる' }).last().click()
  await messages.answersBox('置き換える')

  const work = async (mode: '暗号化' | '復号・検証', file: string, target: string, done: string): Promise<void> => {
    await messages.open(mode, 'ファイル')
    if (mode === '暗号化') await page.getByLabel('署名を付ける').uncheck()
    await messages.files([file], target)
    await watchMain(app)
    await messages.run(mode)
    await messages
      .job(new RegExp(`${mode}（1件）`))
      .getByText(done, { exact: true })
      .waitFor({ timeout: 60_000 })
  }
  const idle: Delay[] = []
  const working: Delay[] = []
  for (let round = 0; round < rounds; round++) {
    const into = join(out, String(round))
    mkdirSync(into)
    await page.waitForTimeout(2_000)
    await watchMain(app)
    await page.waitForTimeout(4_000)
    idle.push(await delayOfMain(app))
    await work('暗号化', big, join(into, 'big.bin.pgp'), '暗号化しました')
    working.push(await delayOfMain(app))
    await work('復号・検証', join(into, 'big.bin.pgp'), join(into, 'big.bin'), '開きました')
    working.push(await delayOfMain(app))
  }
  say('idle', idle)
  const most = say(`${megabytes} MB`, working)
  console.log(most < goal ? 'goal reached' : `goal missed (${goal} ms)`)
  if (most >= goal) process.exitCode = 1
} finally {
  await libral.quit()
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
}
