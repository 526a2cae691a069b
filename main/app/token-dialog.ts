import type { BrowserWindow } from 'electron'
import { askInWindow, escaped } from './question-window.ts'
import type { Say } from './texts.ts'

/** 32 bytes in base64url, as the backend prints it and an administrator hands it over. */
const tokenPattern = '[A-Za-z0-9_-]{43}'

/**
 * Asks for the token of a deployment in a window of main's own: no page ever sees it.
 * @param name what the operator calls the deployment
 * @returns null when the operator closes or cancels it
 */
export async function askToken(name: string, say: Say, parent: BrowserWindow | null): Promise<string | null> {
  const text = (key: Parameters<Say>[0]): string => escaped(say(key))
  const answer = await askInWindow(
    {
      title: say('token.title'),
      width: 480,
      height: 290,
      body: `<p>${text('token.body')}</p><p><b>${escaped(name)}</b></p>
<label>${text('token.field')}<input id="token" type="password" autocomplete="off" spellcheck="false" required></label>
<p role="alert"></p>
<footer><button type="button" id="cancel">${text('question.cancel')}</button><button>${text('question.ok')}</button></footer>`,
      read: readToken(say),
    },
    parent,
  )
  return typeof answer === 'string' ? answer : null
}

const readToken = (say: Say): string => `new Promise((resolve) => {
    const token = document.getElementById('token')
    token.focus()
    document.getElementById('cancel').addEventListener('click', () => resolve(null))
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') resolve(null) })
    document.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault()
      const given = token.value.trim()
      if (/^${tokenPattern}$/.test(given)) return resolve(given)
      document.querySelector('[role=alert]').textContent = ${JSON.stringify(say('token.wrong'))}
      token.focus()
    })
  })`
