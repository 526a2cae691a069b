import { app, BrowserWindow } from 'electron'
import { passphrasePage, readPassphrase } from './passphrase-page.ts'
import { securePreferences } from './secure-preferences.ts'
import type { Say } from './texts.ts'

export type PassphraseQuestion = 'new' | 'ask' | 'wrong'

/**
 * Asks for a passphrase in a window of main's own, over no port: the page has no script and no preload, and main reads
 * the field from an isolated world when the form is sent.
 * @returns null when the operator closes or cancels it
 */
export async function askPassphrase(
  question: PassphraseQuestion,
  say: Say,
  parent: BrowserWindow | null,
): Promise<string | null> {
  const window = new BrowserWindow({
    width: 460,
    height: question === 'new' ? 360 : 280,
    useContentSize: true,
    resizable: false,
    minimizable: false,
    maximizable: false,
    show: false,
    title: say(question === 'new' ? 'passphrase.new.title' : 'passphrase.ask.title'),
    ...(parent && { parent, modal: true }),
    webPreferences: {
      ...securePreferences({ preload: null, zoomPercent: 100, devTools: false }),
      partition: 'passphrase',
    },
  })
  window.setMenuBarVisibility(false)
  // Quitting waits for the keys, and they would wait for an answer.
  const dismiss = (): void => window.destroy()
  app.once('before-quit', dismiss)
  try {
    const closed = new Promise<null>((resolve) => window.once('closed', () => resolve(null)))
    await window.loadURL(`data:text/html;charset=utf-8,${encodeURIComponent(passphrasePage(question, say))}`)
    window.show()
    const answer = window.webContents.executeJavaScriptInIsolatedWorld(1000, [{ code: readPassphrase(question, say) }])
    const value: unknown = await Promise.race([answer.catch(() => null), closed])
    return typeof value === 'string' ? value : null
  } finally {
    app.off('before-quit', dismiss)
    if (!window.isDestroyed()) window.destroy()
  }
}
