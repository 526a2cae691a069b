import { randomBytes } from 'node:crypto'
import type { PassphraseQuestion } from './passphrase-dialog.ts'
import { shortestPassphrase } from './storage-key.ts'
import type { Say } from './texts.ts'

const style = `
  :root { color-scheme: light dark; font: 14px/1.6 "Noto Sans JP", system-ui, sans-serif }
  body { margin: 0; padding: 20px 24px; background: Canvas; color: CanvasText }
  h1 { font-size: 16px; margin: 0 0 8px }
  p { margin: 0 0 12px }
  label { display: block; margin-bottom: 10px }
  input { display: block; width: 100%; box-sizing: border-box; padding: 6px 8px; font: inherit }
  [role=alert] { color: #c62828; min-height: 1.6em; margin: 0 }
  footer { display: flex; justify-content: flex-end; gap: 8px; margin-top: 8px }
  button { font: inherit; padding: 4px 16px }
`

/** The dialog's page: markup alone, no script; nothing can be loaded into it. */
export function passphrasePage(question: PassphraseQuestion, say: Say): string {
  const nonce = randomBytes(16).toString('base64')
  const text = (key: Parameters<Say>[0]): string => escaped(say(key))
  const kind = question === 'new' ? 'new' : 'ask'
  const field = (id: string, label: string, complete: string): string =>
    `<label>${label}<input id="${id}" type="password" autocomplete="${complete}" required></label>`
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'">
<title>${text(`passphrase.${kind}.title`)}</title><style nonce="${nonce}">${style}</style></head>
<body><form><h1>${text(`passphrase.${kind}.title`)}</h1><p>${text(`passphrase.${kind}.body`)}</p>
${field('first', text('passphrase.field'), 'off')}${kind === 'new' ? field('again', text('passphrase.again'), 'off') : ''}
<p role="alert">${question === 'wrong' ? text('passphrase.wrong') : ''}</p>
<footer><button type="button" id="cancel">${text('passphrase.cancel')}</button><button>${text('passphrase.ok')}</button></footer>
</form></body></html>`
}

/** Code for the isolated world: a promise of what was entered, null when cancelled. */
export function readPassphrase(question: PassphraseQuestion, say: Say): string {
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

const escaped = (text: string): string => text.replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)
