import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs'
import { extname, isAbsolute, relative, resolve, sep } from 'node:path'
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

/**
 * Serves the built pages from `root`. Not with `protocol.handle`: its Request and Response make Node load all of
 * undici before the first page (docs/decisions/0022).
 * @returns resolves when a page has been given its script and its style: from then on it is busy with itself
 */
export function serveApp(session: Session, root: string): Promise<void> {
  const { promise, resolve: pageGiven } = Promise.withResolvers<void>()
  const given = new Set<string>()
  session.protocol.registerBufferProtocol(appScheme, ({ method, url }, respond) => {
    const file = method === 'GET' ? fileFor(root, url) : null
    if (file === null) return respond(nothing)
    readFile(file, (error, bytes) => {
      respond(error === null ? found(file, bytes) : nothing)
      given.add(extname(file))
      // The bytes leave while this thread does nothing else.
      if (given.has('.js') && given.has('.css')) setTimeout(pageGiven, leaveMs)
    })
  })
  return promise
}

const leaveMs = 5
const nothing: Electron.ProtocolResponse = { statusCode: 404, data: Buffer.alloc(0) }

function found(file: string, bytes: Buffer): Electron.ProtocolResponse {
  const nonce = randomBytes(16).toString('base64')
  const data = file.endsWith('.html') ? Buffer.from(withNonce(bytes.toString('utf8'), nonce)) : bytes
  return { data, headers: { 'content-type': mimeOf(file), ...securityHeaders(nonce) } }
}
