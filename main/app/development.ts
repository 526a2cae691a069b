import { randomBytes } from 'node:crypto'
import { net, type Session } from 'electron'
import { developmentHeaders, withNonce } from './content-security.ts'
import { appHost, appScheme } from './protocol.ts'

/**
 * The address of Vite's server, given by `npm run dev` and never heeded in a packaged app.
 * @returns null when pages come from the build
 */
export function developmentServer(packaged: boolean, env: NodeJS.ProcessEnv): URL | null {
  const address = env['ELECTRON_RENDERER_URL']
  const url = packaged || address === undefined ? null : URL.parse(address)
  return url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) ? url : null
}

/** Puts Vite's server behind `app://`, so that origin, sender checks and guards stay those of the product. */
export function serveDevelopment(session: Session, server: URL): void {
  session.protocol.handle(appScheme, async (request) => {
    const url = URL.parse(request.url)
    if (url === null || url.host !== appHost) return new Response(null, { status: 404 })
    const upstream = await net.fetch(new URL(url.pathname + url.search, server).href, {
      bypassCustomProtocolHandlers: true,
    })
    const nonce = randomBytes(16).toString('base64')
    const type = upstream.headers.get('content-type') ?? 'application/octet-stream'
    const headers = { ...developmentHeaders(nonce, socketOf(server)), 'content-type': type }
    if (!type.startsWith('text/html')) return new Response(upstream.body, { status: upstream.status, headers })
    const html = withNonce(await upstream.text(), nonce).replaceAll('<script', `<script nonce="${nonce}"`)
    return new Response(html, { status: upstream.status, headers })
  })
}

export const socketOf = (server: URL): string => `ws://${server.host}`
