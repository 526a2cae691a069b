import { createPublicKey, verify } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'

/** Bare verification of one signature, again and again, on one thread: what a core gives at best. */
const { key, data, signature, count } = workerData as {
  readonly key: Uint8Array
  readonly data: Uint8Array
  readonly signature: Uint8Array
  readonly count: number
}
const x = Buffer.from(key).toString('base64url')
const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
let right = 0
const begun = performance.now()
for (let n = 0; n < count; n++) if (verify(null, data, publicKey, signature)) right++
parentPort?.postMessage({ ms: performance.now() - begun, right })
