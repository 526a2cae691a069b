import type { BrowserWindow } from 'electron'
import type { ProviderName } from '#protocol/payments.ts'
import { secretLimit } from '#protocol/payments-settings.ts'
import { askInWindow, escaped } from './question-window.ts'
import type { Say, TextKey } from './texts.ts'

/** What the person is asked for, and to whom it will be shown. */
export interface SecretsQuestion {
  readonly provider: ProviderName
  readonly address: string
  readonly names: readonly string[]
}

/**
 * Asks for a provider's keys in a window of main's own: no page ever sees one. Fields that stay empty are left out.
 * @returns null when the person closes or cancels it
 */
export async function askSecrets(
  { provider, address, names }: SecretsQuestion,
  say: Say,
  parent: BrowserWindow | null,
): Promise<Readonly<Record<string, string>> | null> {
  const text = (key: TextKey): string => escaped(say(key))
  const field = (name: string): string =>
    `<label>${text(`secrets.${name}` as TextKey)}<input id="${escaped(name)}" type="password" autocomplete="off" spellcheck="false" maxlength="${secretLimit}"></label>`
  const answer = await askInWindow(
    {
      title: say('secrets.title'),
      width: 520,
      height: 280 + names.length * 72,
      body: `<p>${text('secrets.body')}</p>
<dl><dt>${text('secrets.provider')}</dt><dd><b>${text(`secrets.provider.${provider}`)}</b></dd><dt>${text('secrets.address')}</dt><dd class="figure">${escaped(address)}</dd></dl>
${names.map(field).join('\n')}
<p role="alert"></p>
<footer><button type="button" id="cancel">${text('question.cancel')}</button><button>${text('question.ok')}</button></footer>`,
      read: readSecrets(names, say),
    },
    parent,
  )
  return answer === null ? null : parsed(answer, names)
}

const parsed = (answer: unknown, names: readonly string[]): Readonly<Record<string, string>> => {
  const given = answer as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = given[name]
      return typeof value === 'string' && value !== '' ? [[name, value.slice(0, secretLimit)]] : []
    }),
  )
}

const readSecrets = (names: readonly string[], say: Say): string => `new Promise((resolve) => {
    const names = ${JSON.stringify(names)}
    const field = (id) => document.getElementById(id)
    const wrong = (id, text) => { document.querySelector('[role=alert]').textContent = text; field(id).focus() }
    field(names[0]).focus()
    field('cancel').addEventListener('click', () => resolve(null))
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') resolve(null) })
    document.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault()
      const given = Object.fromEntries(names.map((name) => [name, field(name).value.trim()]))
      const odd = names.find((name) => !/^[\\x21-\\x7e]*$/.test(given[name]))
      if (odd !== undefined) return wrong(odd, ${JSON.stringify(say('secrets.odd'))})
      if (names.every((name) => given[name] === '')) return wrong(names[0], ${JSON.stringify(say('secrets.none'))})
      resolve(given)
    })
  })`
