import type { BrowserWindow } from 'electron'
import type { Certificate } from '#protocol/deployments.ts'
import { askInWindow, escaped } from './question-window.ts'
import type { Say } from './texts.ts'

export interface TrustQuestion {
  readonly address: string
  readonly presented: Certificate
  /** The one that is pinned; null at the first meeting. */
  readonly pinned: Certificate | null
  /** A public authority vouches for it: pinning is a wish, not a need. */
  readonly vouchedFor: boolean
}

type Text = (key: Parameters<Say>[0]) => string

/**
 * Asks whether a certificate is to be trusted, in a window of main's own: no page can answer it. A changed one has to
 * be confirmed by a tick as well.
 */
export async function askTrust(question: TrustQuestion, say: Say, parent: BrowserWindow | null): Promise<boolean> {
  const text: Text = (key) => escaped(say(key))
  const changed = question.pinned !== null && question.pinned.fingerprint !== question.presented.fingerprint
  const answer = await askInWindow(
    {
      title: say(changed ? 'trust.changed.title' : 'trust.title'),
      width: 620,
      height: changed ? 620 : 500,
      body: `${introduction(question, changed, text)}${facts(question, changed, text)}
${changed ? `<label><input type="checkbox" id="sure"> ${text('trust.changed.sure')}</label>` : ''}
<footer><button type="button" id="cancel">${text('question.cancel')}</button>
<button id="trust"${changed ? ' disabled' : ''}>${text(changed ? 'trust.changed.accept' : 'trust.accept')}</button></footer>`,
      read,
    },
    parent,
  )
  return answer === true
}

function introduction({ vouchedFor }: TrustQuestion, changed: boolean, text: Text): string {
  if (changed) return `<p class="loud">${text('trust.changed.body')}</p>`
  return `<p>${text(vouchedFor ? 'trust.vouched' : 'trust.body')}</p>`
}

function facts({ address, presented, pinned }: TrustQuestion, changed: boolean, text: Text): string {
  const before = changed && pinned !== null ? fact(text('trust.before'), pinned.fingerprint, 'figure') : ''
  return `<dl>${fact(text('trust.address'), address)}${before}
${fact(text(changed ? 'trust.now' : 'trust.fingerprint'), presented.fingerprint, 'figure')}
${fact(text('trust.subject'), presented.subject)}${fact(text('trust.issuer'), presented.issuer)}
${fact(text('trust.until'), day(presented.validTo))}</dl>`
}

const fact = (name: string, value: string, look = ''): string =>
  `<dt>${name}</dt><dd class="${look}">${escaped(value)}</dd>`

const day = (at: number): string => {
  const date = new Date(at)
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`
}

const read = `new Promise((resolve) => {
    const trust = document.getElementById('trust')
    const sure = document.getElementById('sure')
    document.getElementById('cancel').focus()
    if (sure) sure.addEventListener('change', () => { trust.disabled = !sure.checked })
    document.getElementById('cancel').addEventListener('click', () => resolve(false))
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') resolve(false) })
    document.querySelector('form').addEventListener('submit', (event) => { event.preventDefault(); resolve(true) })
  })`
