import type { BrowserWindow } from 'electron'
import { z } from 'zod'
import { askInWindow, escaped } from './question-window.ts'
import type { Say } from './texts.ts'

const answerSchema = z.strictObject({
  code: z.string().min(16).max(64),
  operator: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  name: z.string().min(1).max(80),
})
/** The code that a backend printed at its first start, and who comes in by it. */
export type CodeAnswer = z.infer<typeof answerSchema>

/** @returns null when the operator closes or cancels it */
export async function askCode(deployment: string, say: Say, parent: BrowserWindow | null): Promise<CodeAnswer | null> {
  const text = (key: Parameters<Say>[0]): string => escaped(say(key))
  const answer = await askInWindow(
    {
      title: say('code.title'),
      width: 480,
      height: 460,
      body: `<p>${text('code.body')}</p><p><b>${escaped(deployment)}</b></p>
<label>${text('code.code')}<input id="code" type="password" autocomplete="off" spellcheck="false" required></label>
<label>${text('code.operator')}<input id="operator" autocomplete="off" spellcheck="false" maxlength="63" required></label>
<label>${text('code.name')}<input id="name" autocomplete="off" maxlength="80" required></label>
<p role="alert"></p>
<footer><button type="button" id="cancel">${text('question.cancel')}</button><button>${text('question.ok')}</button></footer>`,
      read: readCode(say),
    },
    parent,
  )
  const parsed = answerSchema.safeParse(answer)
  return parsed.success ? parsed.data : null
}

const readCode = (say: Say): string => `new Promise((resolve) => {
    const field = (id) => document.getElementById(id)
    const wrong = (id, text) => { document.querySelector('[role=alert]').textContent = text; field(id).focus() }
    field('code').focus()
    field('cancel').addEventListener('click', () => resolve(null))
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') resolve(null) })
    document.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault()
      const [code, operator, name] = ['code', 'operator', 'name'].map((id) => field(id).value.trim())
      if (code.length < 16 || code.length > 64) return wrong('code', ${JSON.stringify(say('code.wrong'))})
      if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(operator)) return wrong('operator', ${JSON.stringify(say('code.operator-wrong'))})
      if (name === '') return wrong('name', ${JSON.stringify(say('code.name-wrong'))})
      resolve({ code, operator, name })
    })
  })`
