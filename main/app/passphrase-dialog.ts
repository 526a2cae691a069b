import type { BrowserWindow } from 'electron'
import { askInWindow, escaped } from './question-window.ts'
import { shortestPassphrase } from './storage-key.ts'
import type { Say } from './texts.ts'

type PassphraseQuestion = 'new' | 'ask' | 'wrong'

/**
 * Asks for a passphrase in a window of main's own.
 * @returns null when the operator closes or cancels it
 */
export async function askPassphrase(
  question: PassphraseQuestion,
  say: Say,
  parent: BrowserWindow | null,
): Promise<string | null> {
  const kind = question === 'new' ? 'new' : 'ask'
  const answer = await askInWindow(
    {
      title: say(`passphrase.${kind}.title`),
      width: 460,
      height: question === 'new' ? 360 : 280,
      body: fields(question, say),
      read: readPassphrase(question, say),
    },
    parent,
  )
  return typeof answer === 'string' ? answer : null
}

function fields(question: PassphraseQuestion, say: Say): string {
  const text = (key: Parameters<Say>[0]): string => escaped(say(key))
  const kind = question === 'new' ? 'new' : 'ask'
  const field = (id: string, label: string): string =>
    `<label>${label}<input id="${id}" type="password" autocomplete="off" required></label>`
  return `<p>${text(`passphrase.${kind}.body`)}</p>
${field('first', text('passphrase.field'))}${kind === 'new' ? field('again', text('passphrase.again')) : ''}
<p role="alert">${question === 'wrong' ? text('passphrase.wrong') : ''}</p>
<footer><button type="button" id="cancel">${text('question.cancel')}</button><button>${text('question.ok')}</button></footer>`
}

function readPassphrase(question: PassphraseQuestion, say: Say): string {
  const words = JSON.stringify({ short: say('passphrase.short'), differ: say('passphrase.differ') })
  const least = question === 'new' ? shortestPassphrase : 1
  return `new Promise((resolve) => {
    const words = ${words}
    const first = document.getElementById('first')
    const again = document.getElementById('again')
    const alert = document.querySelector('[role=alert]')
    first.focus()
    document.getElementById('cancel').addEventListener('click', () => resolve(null))
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') resolve(null) })
    document.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault()
      if ([...first.value].length < ${least}) { alert.textContent = words.short; return first.focus() }
      if (again && again.value !== first.value) { alert.textContent = words.differ; return again.focus() }
      resolve(first.value)
    })
  })`
}
