import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { protocol, type Session } from 'electron'
import { securityHeaders, withNonce } from './content-security.ts'
import { mimeOf } from './mime.ts'

export const appScheme = 'app'
export const appHost = 'main'
/** The one origin that pages have, and that every sender is checked against. */
export const appOrigin = `${appScheme}://${appHost}`

/** Before `ready`: the scheme behaves like https, with a code cache. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: appScheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true, stream: true },
    },
  ])
}

/**
 * Maps a page's address to a file under `root`.
 * @returns null for another host, and for anything that is not below `root` once decoded
 */
export function fileFor(root: string, address: string): string | null {
  const url = URL.parse(address)
  if (url === null || url.protocol !== `${appScheme}:` || url.host !== appHost) return null
  const path = decoded(url.pathname)
  if (path === null || path.includes('\0') || path.includes('\\')) return null
  const file = resolve(root, path === '/' || path === '' ? 'index.html' : `.${path}`)
  const below = relative(root, file)
  return below === '' || below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? null : file
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

/** Serves the built pages from `root`. */
export function serveApp(session: Session, root: string): void {
  session.protocol.handle(appScheme, (request) => answer(root, request))
}

async function answer(root: string, request: Request): Promise<Response> {
  const file = request.method === 'GET' ? fileFor(root, request.url) : null
  if (file === null) return new Response(null, { status: 404 })
  try {
    const nonce = randomBytes(16).toString('base64')
    const bytes = await readFile(file)
    const body = file.endsWith('.html') ? withNonce(bytes.toString('utf8'), nonce) : new Uint8Array(bytes)
    return new Response(body, { headers: { 'content-type': mimeOf(file), ...securityHeaders(nonce) } })
  } catch {
    return new Response(null, { status: 404 })
  }
}
