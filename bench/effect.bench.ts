import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { live, start } from '#tests/e2e/app.ts'
import { tapPort } from '#tests/e2e/port.ts'

/**
 * From a page's command to its effect painted in イベント, 100 commands a second through the embedded backend: signed,
 * stored, sent, verified, decided, committed, fed back, mirrored, queried, rendered. Beside it one read of the replica
 * and a paint, from the same page in the same run: what asking and painting cost by themselves.
 */
const plan = { perSecond: 100, seconds: 8 }

interface Measured {
  readonly effects: readonly number[]
  readonly reads: readonly number[]
  readonly unseen: number
  readonly refused: number
}

/** Runs in the page, over the port that it was given. */
const measure = async ({ perSecond, seconds }: typeof plan): Promise<Measured> => {
  const port = window.libralTestPort
  if (port === undefined) throw new Error('the port has not been tapped')
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  const painted = (): Promise<number> =>
    new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))
  const answers = new Map<string, (ok: boolean) => void>()
  port.addEventListener('message', ({ data }) => {
    const message = typeof data === 'string' ? JSON.parse(data) : null
    answers.get(message?.i)?.((message.p.s ?? 200) < 300)
  })
  let calls = 0
  const call = (path: string, body: unknown): Promise<boolean> => {
    const i = `bench-${calls++}`
    port.postMessage(JSON.stringify({ i, p: { u: `/${path}`, b: { json: body } } }))
    return new Promise((resolve) => answers.set(i, resolve))
  }

  const sent = new Map<string, number>()
  const effects: number[] = []
  const reads: number[] = []
  let refused = 0
  const look = async (): Promise<void> => {
    const found = [...new Set(document.body.textContent?.match(/計測-\d+-/g) ?? [])].filter((it) => sent.has(it))
    if (found.length === 0) return
    const began = found.map((it) => sent.get(it) ?? 0)
    for (const it of found) sent.delete(it)
    const at = await painted()
    effects.push(...began.map((it) => at - it))
  }
  const observer = new MutationObserver(() => void look())
  observer.observe(document.body, { childList: true, subtree: true, characterData: true })

  const begun = performance.now()
  for (let nth = 0; nth < perSecond * seconds; nth++) {
    const shift = `計測-${nth}-`
    sent.set(shift, performance.now())
    void call('command/submit', { command: 'events.handOver', params: { shift, text: 'x' } }).then((ok) => {
      if (!ok) refused++
    })
    await wait(Math.max(0, begun + (nth + 1) * (1000 / perSecond) - performance.now()))
  }
  await wait(2_000)
  observer.disconnect()
  for (let nth = 0; nth < 100; nth++) {
    const at = performance.now()
    await call('rows/get', { collection: 'events', key: '000000000000-000' })
    reads.push((await painted()) - at)
  }
  return { effects, reads, unseen: sent.size, refused }
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((one, other) => one - other)[Math.floor((values.length - 1) * share)] ?? Number.NaN

const profile = mkdtempSync(join(tmpdir(), 'libral-effect-'))
const libral = await start(profile)
try {
  await live(libral.page)
  await libral.page.evaluate(() => {
    location.hash = '#/events'
  })
  await tapPort(libral.page)
  await live(libral.page)
  // Over the rows it would hold new ones back.
  await libral.page.mouse.move(2, 2)
  await libral.page.waitForTimeout(3_000)
  const { effects, reads, unseen, refused } = await libral.page.evaluate(measure, plan)
  const [p50, p95, reference] = [quantile(effects, 0.5), quantile(effects, 0.95), quantile(reads, 0.95)]
  console.log(
    `effect.command-to-paint: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (under 50), reference (a read, painted) p95 ${reference.toFixed(1)} ms, ratio ${(p95 / reference).toFixed(2)}; ${effects.length} seen, ${unseen} scrolled by unseen, ${refused} refused`,
  )
} finally {
  await libral.quit()
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
}
