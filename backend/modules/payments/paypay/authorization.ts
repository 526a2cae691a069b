import { createHash, createHmac } from 'node:crypto'

/** A key of PayPay for Developers and its secret. */
export interface PayPayKey {
  readonly key: string
  readonly secret: string
}

/** What is signed: exactly what is sent. */
export interface SignedCall {
  readonly method: string
  /** Without its query. */
  readonly path: string
  /** Absent where the call has none; the content type is the header, byte for byte. */
  readonly body?: { readonly bytes: Uint8Array; readonly contentType: string } | undefined
  readonly nonce: string
  /** Seconds; PayPay refuses what is two minutes off its clock. */
  readonly epoch: number
}

/** What stands for a body and its type where there is none. */
const nothing = 'empty'

/**
 * The Authorization header of the Open Payment API.
 * https://www.paypay.ne.jp/opa/doc/jp/v1.0/api_authorization.html (MD5 is theirs: it only names the body for the HMAC.)
 */
export const authorization = ({ key, secret }: PayPayKey, { method, path, body, nonce, epoch }: SignedCall): string => {
  const type = body?.contentType ?? nothing
  const hash = body ? createHash('md5').update(body.contentType).update(body.bytes).digest('base64') : nothing
  const signed = [path, method, nonce, String(epoch), type, hash].join('\n')
  const mac = createHmac('sha256', secret).update(signed).digest('base64')
  return `hmac OPA-Auth:${[key, mac, nonce, String(epoch), hash].join(':')}`
}
