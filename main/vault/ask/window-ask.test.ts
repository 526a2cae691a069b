import { expect, it } from 'vitest'
import type { VaultNews } from '#protocol/vault-window.ts'
import { vaultSpeaker } from './texts.ts'
import { createWindowAsk, type Opened, type WindowPort } from './window-ask.ts'

type Listener = (event: { readonly data: unknown }) => void

/** A page that answers the question it is shown. */
const page = (answer: object): WindowPort => {
  const listeners: Listener[] = []
  const close: (() => void)[] = []
  return {
    on(event: string, listener: never) {
      if (event === 'message') listeners.push(listener)
      else close.push(listener)
    },
    postMessage(shown) {
      if (shown.t !== 'question') return
      queueMicrotask(() => {
        for (const listener of listeners) listener({ data: answer })
      })
    },
    start() {},
    close() {},
  }
}
const yes = () => page({ t: 'answer', secret: new Uint8Array(), choice: 0 })
const no = () => page({ t: 'cancel' })
const question = { title: 'x', body: [], facts: [], fields: 'none', accept: 'y' } as const

const asking = (open: () => Opened) => {
  const told: VaultNews[] = []
  const { ask, opened } = createWindowAsk(
    (news) => {
      told.push(news)
      if (news.t === 'ask') queueMicrotask(() => opened(news.id, open()))
    },
    vaultSpeaker('ja'),
    'ja',
  )
  return {
    told,
    ask: () =>
      ask(question, async () => true).then(
        () => 'yes',
        (thrown) => String(thrown.code),
      ),
  }
}
const outcomes = (told: readonly VaultNews[]) => told.flatMap((it) => (it.t === 'asked' ? [it.outcome] : []))

it('tells main what became of each question, so that it can count', async () => {
  const answers: Opened[] = [yes(), no(), null, 'refused']
  const { told, ask } = asking(() => answers.shift() ?? null)
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual([
    ...['yes', 'vault.declined', 'vault.declined', 'vault.asked-too-often'],
  ])
  expect(outcomes(told)).toEqual(['answered', 'dismissed', 'dismissed', 'none'])
})

it('lets few questions wait behind the one that is shown, and shows one at a time', async () => {
  const { told, ask } = asking(yes)
  const all = await Promise.all(Array.from({ length: 100 }, ask))
  expect(all.filter((it) => it === 'yes')).toHaveLength(16)
  expect(all.filter((it) => it === 'vault.asked-too-often')).toHaveLength(84)
  expect(told.map(({ t }) => t)).toEqual(Array.from({ length: 16 }, () => ['ask', 'asked']).flat())
  expect(await ask()).toBe('yes')
})
