import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { app, type Session, session } from 'electron'
import { mimeOf } from './mime.ts'
import { appOrigin, appScheme, fileFor } from './protocol.ts'

/** Where the session of question windows finds a page, and how it is taken away again. */
export interface ShownPage {
  readonly url: string
  readonly session: Session
  remove(): void
}

const partition = 'question'
const pages = new Map<string, string>()
/** Styles and fonts of the app; no script, and none of its pages. */
const shared = /^\/assets\/[^/]+\.(css|woff2)$/

/**
 * Shows a page of main's own under `app://`, in a session apart from the app's windows, so that the fonts that ship with
 * the app are there: a machine without a Japanese font would draw a question about trust as boxes.
 * @param page given the address of the fonts' style, null where the pages are not built (development)
 */
export function showPage(page: (fonts: string | null) => string): ShownPage {
  const own = session.fromPartition(partition)
  if (!own.protocol.isProtocolHandled(appScheme)) own.protocol.handle(appScheme, serve)
  const path = `/question/${randomBytes(12).toString('hex')}`
  pages.set(path, page(fontStyle()))
  return { url: `${appOrigin}${path}`, session: own, remove: () => pages.delete(path) }
}

const root = (): string => join(app.getAppPath(), 'out/renderer')

function fontStyle(): string | null {
  try {
    const name = readdirSync(join(root(), 'assets')).find((it) => /^fonts-[\w-]+\.css$/.test(it))
    return name === undefined ? null : `/assets/${name}`
  } catch {
    return null
  }
}

async function serve(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const page = pages.get(pathname)
  if (page !== undefined) return answer(page, 'x.html')
  const file = shared.test(pathname) ? fileFor(root(), request.url) : null
  const bytes = file === null ? null : await readFile(file).catch(() => null)
  return bytes === null ? new Response(null, { status: 404 }) : answer(bytes, pathname)
}

const answer = (body: string | Buffer<ArrayBuffer>, name: string): Response =>
  new Response(body, { headers: { 'content-type': mimeOf(name), 'x-content-type-options': 'nosniff' } })
