import type { Page } from '@playwright/test'
import type { SentCommand } from '#protocol/desktop.ts'
import { expect, killBackend, live, test } from './app.ts'
import { ask, call, tapPort } from './port.ts'

const handover = (n: number) => ({ command: 'events.handOver', params: { shift: '試験', text: `引き継ぎ ${n}` } })

/** Texts of the handover notes in the replica, newest first. */
async function notes(page: Page): Promise<readonly string[]> {
  const filter = { collection: 'events.handovers', where: {}, range: null, text: '' }
  const query = { filter, sort: { field: null, descending: true }, after: null, limit: 500 }
  const { rows } = (await ask(page, 'rows/query', query)) as { readonly rows: readonly { readonly text: string }[] }
  return rows.map(({ text }) => text)
}

test('a backend killed while commands flow loses none that it accepted, and none is there twice', async ({
  libral,
}) => {
  const { page, log } = libral
  await live(page)
  await tapPort(page)
  await live(page)
  const returns = () => log().filter((line) => line['event'] === 'link.state' && line['to'] === 'live').length
  const total = 40
  const submitted: Promise<unknown>[] = []
  let pid: number | null = null
  for (let n = 0; n < total; n++) {
    submitted.push(call(page, 'command/submit', handover(n)))
    if (n % 13 === 12) {
      const before = returns()
      pid = await killBackend(libral, pid)
      // The page tells of the loss a moment later, and may be live again before anybody has looked: the log doesn't forget.
      await expect.poll(returns).toBeGreaterThan(before)
      await live(page)
    }
  }
  const answers = (await Promise.all(submitted)) as readonly { readonly ok: boolean; readonly value?: SentCommand }[]
  const accepted = answers.flatMap((it, n) => (it.ok && it.value?.state === 'accepted' ? [`引き継ぎ ${n}`] : []))
  expect(accepted.length).toBeGreaterThan(0)
  // Whatever was queued while the backend was away is sent when it is back.
  await expect.poll(async () => (await notes(page)).length).toBe(total)
  const found = await notes(page)
  expect(new Set(found).size).toBe(total)
  for (const text of accepted) expect(found).toContain(text)
})

test('the whole app killed: what was accepted is there again', async ({ launch, newProfile }) => {
  const profile = newProfile()
  const first = await launch({ profile })
  await live(first.page)
  await tapPort(first.page)
  await live(first.page)
  for (let n = 0; n < 5; n++) expect(await call(first.page, 'command/submit', handover(n))).toMatchObject({ ok: true })
  const ended = new Promise((resolve) => first.process.once('exit', resolve))
  first.process.kill('SIGKILL')
  await ended
  const second = await launch({ profile })
  await live(second.page)
  await tapPort(second.page)
  await live(second.page)
  await expect.poll(async () => (await notes(second.page)).length).toBe(5)
})
