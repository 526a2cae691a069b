import { readFile, stat } from 'node:fs/promises'
import { type Config, generateKey, type PrivateKey, readPrivateKey } from 'openpgp'
import { LibralError } from '#protocol/errors.ts'
import type { SayVault } from '../ask/texts.ts'
import { modern } from '../openpgp/config.ts'
import { canOpen, type OpeningAccess } from '../openpgp/key-access.ts'
import { softwareAccess } from '../openpgp/software-key.ts'

/** A recovery key as it is printed: an ordinary OpenPGP secret key without a passphrase, after a few lines that say what it is. */
export const paperText = (
  key: PrivateKey,
  facts: { readonly deployment: string; readonly class: string; readonly at: number },
  say: SayVault,
): string =>
  [
    say('paper.title'),
    '',
    `${say('fact.deployment')}: ${facts.deployment}`,
    `${say('fact.class')}: ${facts.class}`,
    `${say('fact.madeAt')}: ${new Date(facts.at).toISOString().slice(0, 10)}`,
    `${say('fact.fingerprint')}: ${grouped(key.getFingerprint())}`,
    '',
    say('paper.how'),
    '',
    key.armor().trim(),
    '',
  ].join('\n')

const grouped = (fingerprint: string): string => (fingerprint.toUpperCase().match(/.{4}/g) ?? []).join(' ')

export const makePaper = async (now: number): Promise<PrivateKey> => {
  const { privateKey } = await generateKey({
    userIDs: [{ name: 'Libral recovery key' }],
    date: new Date(now - 1_000),
    type: 'curve25519',
    format: 'object',
    config: modern as Config,
  })
  return privateKey
}

/** More than any text around a key. */
const largest = 64 * 1024

/**
 * The key in a text, whatever stands around it. Lines may be indented or end in spaces, as they do when typed from paper.
 * @throws LibralError `keys.not-a-key`, `sealed.recovery-wrong` for another key than `fingerprint`
 */
export const readPaper = async (file: string, fingerprint: string | null): Promise<readonly OpeningAccess[]> => {
  const text = await smallText(file)
  const lines = text.split('\n').map((line) => line.trim())
  const from = lines.findIndex((line) => line.startsWith('-----BEGIN PGP PRIVATE KEY'))
  const to = lines.findIndex((line) => line.startsWith('-----END PGP PRIVATE KEY'))
  if (from < 0 || to < from) throw new LibralError('keys.not-a-key')
  const armoredKey = lines.slice(from, to + 1).join('\n')
  const key = await readPrivateKey({ armoredKey, config: modern as Config }).catch((cause: unknown) => {
    throw new LibralError('keys.not-a-key', {}, { cause })
  })
  if (fingerprint !== null && key.getFingerprint() !== fingerprint) throw new LibralError('sealed.recovery-wrong')
  return softwareAccess(key).filter(canOpen)
}

const smallText = async (file: string): Promise<string> => {
  try {
    if ((await stat(file)).size > largest) throw new LibralError('keys.not-a-key')
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw cause instanceof LibralError ? cause : new LibralError('keys.not-a-key', {}, { cause })
  }
}
