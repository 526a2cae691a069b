import type { Page } from '@playwright/test'

/** What a call over a window's own port came back with. */
export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: string }

declare global {
  interface Window {
    libralTestPort?: MessagePort
  }
}

/**
 * Speaks over the very port that a page was given, as a page that was taken over would: the test listens for the same
 * message as the page, after a reload.
 */
export async function tapPort(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.addEventListener('message', (event) => {
      if (event.data?.type === 'libral:port' && event.ports[0]) window.libralTestPort = event.ports[0]
    })
  })
  await page.reload()
  await page.waitForFunction(() => window.libralTestPort !== undefined)
}

/**
 * One call in oRPC's own messages (request `{i, p: {u, b}}`, response `{i, p: {s, b}}`).
 * @param path `rows/query`
 */
export const call = (page: Page, path: string, input: unknown): Promise<Answer> =>
  page.evaluate(
    ([url, body]) =>
      new Promise<Answer>((resolve, reject) => {
        const port = window.libralTestPort
        if (port === undefined) throw new Error('the port has not been tapped')
        const id = `test-${Math.random()}`
        const listen = (event: MessageEvent<unknown>): void => {
          const message = typeof event.data === 'string' ? JSON.parse(event.data) : null
          if (message?.i !== id) return
          port.removeEventListener('message', listen)
          const { s: status = 200, b: answer } = message.p
          resolve(status < 300 ? { ok: true, value: answer?.json } : { ok: false, code: String(answer?.json?.code) })
        }
        port.addEventListener('message', listen)
        port.postMessage(JSON.stringify({ i: id, p: { u: `/${url}`, b: { json: body } } }))
        // A person may have to answer the vault first.
        setTimeout(() => reject(new Error(`no answer to ${url}`)), 120_000)
      }),
    [path, input] as const,
  )

/** The value of a call that must succeed. */
export async function ask(page: Page, path: string, input: unknown): Promise<unknown> {
  const answer = await call(page, path, input)
  if (!answer.ok) throw new Error(`${path}: ${answer.code}`)
  return answer.value
}
