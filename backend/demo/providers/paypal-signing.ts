import { createSign, randomUUID, webcrypto } from 'node:crypto'
import { crc32 } from 'node:zlib'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { FakeWebhook } from './faulty-http.ts'

/** How the fake PayPal signs its webhooks: by certificates of a root of its own. */

const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}
const dayMs = 86_400_000

export interface FakeSigner {
  /** Leaf first. */
  readonly pem: string
  readonly privateKey: string
}
export interface FakeAuthority {
  /** PEM. */
  readonly root: string
  issue(leaf: {
    readonly commonName: string
    readonly from: number
    readonly to: number
    /** The leaf may sign others. */
    readonly ca?: boolean
    /** Signed by a key of its own. */
    readonly selfSigned?: boolean
  }): Promise<FakeSigner>
}

/** A root and one authority below it; keys of their own for each. */
export const createAuthority = async (from: number): Promise<FakeAuthority> => {
  const makeKeys = () => webcrypto.subtle.generateKey(rsa, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
  const [rootKeys, middleKeys] = await Promise.all([makeKeys(), makeKeys()])
  const validity = { notBefore: new Date(from - 3_650 * dayMs), notAfter: new Date(from + 3_650 * dayMs) }
  const usages = new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ ...validity, name: 'CN=Fake Root', keys: rootKeys, signingAlgorithm: rsa },
    extensions: [new x509.BasicConstraintsExtension(true, 2, true), usages],
  })
  const middle = await x509.X509CertificateGenerator.create({
    ...{ ...validity, subject: 'CN=Fake Authority', issuer: root.subject },
    ...{ signingKey: rootKeys.privateKey, publicKey: middleKeys.publicKey, signingAlgorithm: rsa },
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), usages],
  })
  const pemOf = (certificate: x509.X509Certificate): string => certificate.toString('pem')
  return {
    root: pemOf(root),
    issue: async ({ commonName, from: begin, to, ca = false, selfSigned = false }) => {
      const keys = await makeKeys()
      const leaf = await x509.X509CertificateGenerator.create({
        ...{ notBefore: new Date(begin), notAfter: new Date(to), subject: `CN=${commonName}` },
        ...{ issuer: selfSigned ? `CN=${commonName}` : middle.subject, publicKey: keys.publicKey },
        ...{ signingKey: selfSigned ? keys.privateKey : middleKeys.privateKey, signingAlgorithm: rsa },
        extensions: [new x509.BasicConstraintsExtension(ca, undefined, true)],
      })
      const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
      const chain = selfSigned ? [leaf] : [leaf, middle]
      return {
        pem: chain.map(pemOf).join('\n'),
        privateKey: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
      }
    },
  }
}

/** The five headers over a body. https://developer.paypal.com/api/rest/webhooks/rest/#link-messageverification */
export const signWebhook = (
  body: Buffer,
  { signer, webhookId, certUrl, at }: { signer: FakeSigner; webhookId: string; certUrl: string; at: number },
): FakeWebhook => {
  const id = randomUUID()
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
  const message = `${id}|${time}|${webhookId}|${crc32(body)}`
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'paypal-transmission-id': id,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': createSign('RSA-SHA256').update(message).sign(signer.privateKey, 'base64'),
      'paypal-cert-url': certUrl,
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-auth-version': 'v2',
    },
  }
}
