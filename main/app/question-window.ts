import { randomBytes } from 'node:crypto'
import { app, BrowserWindow } from 'electron'
import { showPage } from './question-session.ts'
import { securePreferences } from './secure-preferences.ts'

/** A question that main asks in a window of its own. */
export interface Question {
  readonly title: string
  readonly width: number
  readonly height: number
  /** Markup of the form's inside. */
  readonly body: string
  /** Code for the isolated world: a promise of the answer, null when cancelled. */
  readonly read: string
}

const style = `
  :root { color-scheme: light dark; font: 14px/1.6 "Noto Sans JP Variable", system-ui, sans-serif }
  body { margin: 0; padding: 20px 24px; background: Canvas; color: CanvasText }
  h1 { font-size: 16px; margin: 0 0 8px }
  p { margin: 0 0 12px }
  label { display: block; margin-bottom: 10px }
  input:not([type=checkbox]) { display: block; width: 100%; box-sizing: border-box; padding: 6px 8px; font: inherit }
  dl { margin: 0 0 12px; border: 1px solid color-mix(in srgb, CanvasText 30%, Canvas); border-radius: 6px; padding: 8px 12px }
  dt { font-size: 12px; opacity: .75 }
  dd { margin: 0 0 8px; overflow-wrap: anywhere; user-select: text }
  dd:last-child { margin-bottom: 0 }
  .figure { font-family: "Noto Sans Mono Variable", monospace }
  .loud { border-left: 4px solid #c62828; padding-left: 10px; font-weight: bold }
  [role=alert] { color: #c62828; min-height: 1.6em; margin: 0 }
  @media (prefers-color-scheme: dark) { [role=alert] { color: #ff8a80 } .loud { border-color: #ff8a80 } }
  footer { display: flex; justify-content: flex-end; gap: 8px; margin-top: 8px }
  button { font: inherit; padding: 4px 16px }
`

/** Markup alone, no script; nothing but the fonts can be loaded into it. */
function questionPage({ title, body }: Pick<Question, 'title' | 'body'>, fonts: string | null): string {
  const nonce = randomBytes(16).toString('base64')
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'self' 'nonce-${nonce}'; font-src 'self'; base-uri 'none'; form-action 'none'">
<title>${escaped(title)}</title>${fonts === null ? '' : `<link rel="stylesheet" href="${fonts}">`}<style nonce="${nonce}">${style}</style></head>
<body><form><h1>${escaped(title)}</h1>${body}</form></body></html>`
}

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)

/**
 * Asks over no port: the page has no script and no preload, and main reads the answer from an isolated world.
 * @returns what `read` resolved with; null when the operator closes the window
 */
export async function askInWindow(question: Question, parent: BrowserWindow | null): Promise<unknown> {
  const shown = showPage((fonts) => questionPage(question, fonts))
  const window = new BrowserWindow({
    width: question.width,
    height: question.height,
    useContentSize: true,
    resizable: false,
    minimizable: false,
    maximizable: false,
    show: false,
    title: question.title,
    ...(parent && !parent.isDestroyed() && { parent, modal: true }),
    webPreferences: {
      ...securePreferences({ preload: null, zoomPercent: 100, devTools: false }),
      session: shown.session,
    },
  })
  window.setMenuBarVisibility(false)
  // Quitting waits for the answer, and it would wait for an operator.
  const dismiss = (): void => window.destroy()
  app.once('before-quit', dismiss)
  try {
    const closed = new Promise<null>((resolve) => window.once('closed', () => resolve(null)))
    await window.loadURL(shown.url)
    window.show()
    const answer = window.webContents.executeJavaScriptInIsolatedWorld(1000, [{ code: question.read }])
    return await Promise.race([answer.catch(() => null), closed])
  } finally {
    shown.remove()
    app.off('before-quit', dismiss)
    if (!window.isDestroyed()) window.destroy()
  }
}
