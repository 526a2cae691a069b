import { LibralError } from '#protocol/errors.ts'
import { listAgentKeys } from './agent-keys.ts'
import type { AskSecret } from './ask.ts'
import type { Assuan } from './assuan.ts'
import { findAtom, parseSexp, writeSexp } from './s-expression.ts'

/**
 * Makes an encryption key (Curve25519) in gpg-agent, under a new passphrase.
 * @returns its keygrip
 */
export const generateInAgent = async (agent: Assuan, ask: AskSecret): Promise<string> => {
  const before = new Set((await listAgentKeys(agent)).map(({ keygrip }) => keygrip))
  await agent.command('OPTION pinentry-mode=loopback')
  const parameters = writeSexp(['genkey', ['ecc', ['curve', 'Curve25519'], ['flags', 'djb-tweak']]])
  const { data } = await agent.command('GENKEY', {
    inquire: (keyword) =>
      keyword === 'KEYPARAM' ? parameters : ask({ kind: 'passphrase', name: 'gpg-agent', fresh: true }),
    timeoutMs: 5 * 60_000,
  })
  if (findAtom(parseSexp(data), 'q') === null) throw new LibralError('hardware.protocol')
  const made = (await listAgentKeys(agent)).find(({ keygrip }) => !before.has(keygrip))
  if (made === undefined) throw new LibralError('hardware.key-missing')
  return made.keygrip
}
