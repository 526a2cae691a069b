import { dearmored } from './armor.ts'
import { ByteReader } from './byte-reader.ts'
import { begin as cleartextBegin } from './cleartext.ts'
import type { Source } from './decrypt.ts'
import { held, nextPacket } from './framing.ts'

/** detached: signatures alone, without what they sign. */
export type MessageKind = 'encrypted' | 'signed' | 'cleartext' | 'detached'

const tags = { toKey: 1, signature: 2, toPassword: 3, unprotected: 9, protected: 18 } as const
const encrypted: readonly number[] = [tags.toKey, tags.toPassword, tags.unprotected, tags.protected]

/**
 * What a message is, by its first bytes; compressed and bare data count as `signed`, since only reading them tells.
 * @throws LibralError `openpgp.malformed`, `openpgp.truncated`
 */
export async function kindOf(source: Source): Promise<MessageKind> {
  const start = new ByteReader(source.open())
  const head = Buffer.from(await start.peek(cleartextBegin.length)).toString('latin1')
  await start.close()
  if (head === cleartextBegin) return 'cleartext'
  const reader = new ByteReader(dearmored(source.open()))
  try {
    for (let first = true; ; first = false) {
      const packet = await nextPacket(reader)
      if (packet === null) return first ? 'signed' : 'detached'
      if (packet.tag !== tags.signature) return first && encrypted.includes(packet.tag) ? 'encrypted' : 'signed'
      await held(packet)
    }
  } finally {
    await reader.close()
  }
}
