import { parentPort, workerData } from 'node:worker_threads'
import { readKey, SignaturePacket } from 'openpgp'
import { digestOver } from '#trust/openpgp/digest.ts'
import { signerOf } from '#trust/openpgp/judge.ts'

/** Bare verification of one OpenPGP signature, again and again: packet, digest and arithmetic, no rule about any of it. */
const { certificate, statement, signature, count } = workerData as {
  readonly certificate: Uint8Array
  readonly statement: Uint8Array
  readonly signature: Uint8Array
  readonly count: number
}
/** Packet header of RFC 9580, 4.2.1. */
const body = signature.subarray((signature[1] ?? 0) < 192 ? 2 : 3)
const key = await readKey({ binaryKey: certificate })
let [begun, right] = [0, 0]
const one = async (): Promise<void> => {
  const packet = new SignaturePacket()
  packet.read(body)
  const over = digestOver(statement, packet)
  const found = over && (await signerOf(packet, over.digest, [key], over.covered))
  if (found?.right === true) right++
}
const turns = async (): Promise<void> => {
  while (begun < count) {
    begun++
    await one()
  }
}
const began = performance.now()
await Promise.all(Array.from({ length: 32 }, turns))
parentPort?.postMessage({ ms: performance.now() - began, right })
