import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { Certificate } from '#protocol/deployments.ts'
import { LibralError } from '#protocol/errors.ts'

/** What a server showed: its certificate, and whether a public authority vouches for it under this name. */
export interface Presented {
  readonly certificate: Certificate
  readonly vouchedFor: boolean
}

/**
 * Connects with TLS; the socket comes back only when its certificate is the pinned one or, without a pin, one that a
 * public authority vouches for.
 * @param pin SHA-256 of the only certificate that will do
 * @throws LibralError `link.certificate-changed`, `link.certificate-untrusted`, `link.time-out`, `link.offline`
 */
export const connectTls = async (url: URL, pin: string | null, withinMs: number): Promise<TLSSocket> => {
  const socket = await handshake(url, withinMs)
  const refusal = judge(presentedBy(socket), pin, `${url.protocol}//${url.host}`)
  if (refusal === null) return socket
  socket.destroy()
  throw refusal
}

/** Looks at what a server shows, and hangs up. @throws LibralError `link.time-out`, `link.offline` */
export const readCertificate = async (url: URL, withinMs: number): Promise<Presented> => {
  const socket = await handshake(url, withinMs)
  const presented = presentedBy(socket)
  socket.destroy()
  return presented
}

/** Why a certificate will not do; null: it will. */
export const judge = (
  { certificate, vouchedFor }: Presented,
  pin: string | null,
  address: string,
): LibralError | null => {
  const { fingerprint } = certificate
  if (pin === null) {
    return vouchedFor ? null : new LibralError('link.certificate-untrusted', { address, presented: fingerprint })
  }
  return pin === fingerprint
    ? null
    : new LibralError('link.certificate-changed', { address, pinned: pin, presented: fingerprint })
}

const handshake = (url: URL, withinMs: number): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const socket = connect({
      host,
      port: Number(url.port || 443),
      // A name is asked for by SNI; an address can't be (RFC 6066, 3).
      ...(isIP(host) === 0 && { servername: host }),
      ALPNProtocols: ['http/1.1'],
      // Judged by the callers, who know the pin.
      rejectUnauthorized: false,
    })
    const fail = (error: LibralError): void => {
      clearTimeout(limit)
      socket.destroy()
      reject(error)
    }
    const limit = setTimeout(() => fail(new LibralError('link.time-out')), withinMs)
    socket.once('error', (cause) => fail(new LibralError('link.offline', {}, { cause })))
    socket.once('secureConnect', () => {
      clearTimeout(limit)
      socket.removeAllListeners('error')
      // What goes wrong from here on is the WebSocket's to tell; nobody may be left without a listener meanwhile.
      socket.on('error', () => {})
      resolve(socket)
    })
  })

const presentedBy = (socket: TLSSocket): Presented => {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) {
    socket.destroy()
    throw new LibralError('link.offline')
  }
  return { certificate: factsOf(certificate), vouchedFor: socket.authorized }
}

const factsOf = (certificate: X509Certificate): Certificate => ({
  fingerprint: certificate.fingerprint256,
  subject: nameOf(certificate.subject),
  issuer: nameOf(certificate.issuer),
  validFrom: Date.parse(certificate.validFrom),
  validTo: Date.parse(certificate.validTo),
})

/** `CN=core.example\nO=Example` on one line. */
const nameOf = (distinguished: string | undefined): string =>
  (distinguished ?? '').split('\n').filter(Boolean).join(', ').slice(0, 400)
