import { armored } from '../../vault/openpgp/armor.ts'
import { decryptMessage, type Sink } from '../../vault/openpgp/decrypt.ts'
import { encryptMessage } from '../../vault/openpgp/encrypt.ts'
import type { OpenedSessionKey, OpeningAccess } from '../../vault/openpgp/key-access.ts'
import { binaryOf } from '../../vault/stateless/inline.ts'
import { isModern, judgedBy, openersOf, unlockWith } from '../../vault/stateless/material.ts'
import { chosen, type SopArguments } from './arguments.ts'
import { type Output, openOutput, readDesignated } from './designators.ts'
import { SopError } from './failure.ts'
import { isOlder } from './keys.ts'
import { certificatesIn, keysIn, signersIn } from './material.ts'
import { newPassword, passwordsIn } from './passwords.ts'
import { asText, Replayed, type SopStreams, sendAll } from './streams.ts'
import { periodIn, verificationLines } from './verifications.ts'

const sessionKeyText = (algorithm: number, key: Uint8Array): string =>
  `${algorithm}:${Buffer.from(key).toString('hex').toUpperCase()}\n`

/** Claims the outputs that were named; keeps them only where `use` returned. */
async function withOutputs(
  named: readonly (string | undefined)[],
  use: (outputs: readonly (Output | null)[]) => Promise<void>,
): Promise<void> {
  const outputs: (Output | null)[] = []
  try {
    for (const name of named) outputs.push(name === undefined ? null : openOutput(name))
    await use(outputs)
  } catch (thrown) {
    for (const output of outputs) output?.discard()
    throw thrown
  }
  for (const output of outputs) output?.close()
}

export async function encrypt(given: SopArguments, streams: SopStreams): Promise<void> {
  const { values, flags, rest } = given
  const text = chosen(given, 'as', ['binary', 'text'], 'binary') === 'text'
  const forGnupg = isOlder(given)
  const named = values.get('with-password') ?? []
  if (rest.length + named.length === 0) throw new SopError('MISSING_ARG', 'CERTS, --with-password')
  const passwords: string[] = []
  for (const it of named) passwords.push((await newPassword(it)) ?? '')
  const recipients = (await certificatesIn(rest)).all
  const signers = await signersIn(values.get('sign-with') ?? [], values.get('with-key-password'))
  await withOutputs([values.get('session-key-out')?.at(-1)], async ([keyOut]) => {
    const source = new Replayed(streams.input)
    try {
      // Known to be text before the first byte goes out.
      if (text) for await (const _ of asText(source.open()));
      const message = encryptMessage(text ? source : { size: null, open: () => streams.input }, {
        recipients,
        passwords,
        signers,
        text,
        forGnupg,
        onSessionKey: (algorithm, key) => keyOut?.write(sessionKeyText(algorithm, key)),
      })
      const older = forGnupg || !recipients.every(isModern)
      await sendAll(flags.has('no-armor') ? message : armored('message', message, older), streams)
    } finally {
      await source.close()
    }
  })
}

const nowhere: Sink = { write: () => {} }

export async function decrypt(given: SopArguments, streams: SopStreams): Promise<void> {
  const { values, rest } = given
  const verifyWith = values.get('verify-with')
  const lineFile = values.get('verifications-out')?.at(-1) ?? values.get('verify-out')?.at(-1)
  const dated = values.has('verify-not-before') || values.has('verify-not-after')
  if ((verifyWith === undefined) !== (lineFile === undefined) || (dated && verifyWith === undefined))
    throw new SopError('INCOMPLETE_VERIFICATION', '--verify-with と --verifications-out は一緒に使います')
  if (rest.length === 0 && !values.has('with-password') && !values.has('with-session-key'))
    throw new SopError('MISSING_ARG', 'KEYS, --with-password, --with-session-key')
  const period = periodIn(given, 'verify-')
  const certificates = await certificatesIn(verifyWith ?? [])
  const openers = {
    keys: await openersIn(rest, values.get('with-key-password')),
    passwords: await passwordsIn(values.get('with-password')),
    sessionKeys: await sessionKeysIn(values.get('with-session-key')),
    judgement: judgedBy(certificates.all, Date.now()),
  }
  const named = [values.get('session-key-out')?.at(-1), lineFile]
  await withOutputs(named, async ([keyOut, lineOut]) => {
    const source = new Replayed(streams.input)
    try {
      // The first reading shows that all of it is there and authentic; what the second one gives may go out at once.
      const { sessionKey, signatures } = await decryptMessage(binaryOf(source), nowhere, openers)
      if (sessionKey === null) throw new SopError('BAD_DATA', '暗号化されていません')
      keyOut?.write(sessionKeyText(sessionKey.algorithm ?? 0, sessionKey.data))
      lineOut?.write(verificationLines(signatures, period, certificates).join(''))
      const again = { sessionKeys: [sessionKey], judgement: openers.judgement }
      await decryptMessage(binaryOf(source), { write: streams.send }, again)
    } finally {
      await source.close()
    }
  })
}

async function openersIn(designators: readonly string[], passwords?: readonly string[]): Promise<OpeningAccess[]> {
  const keys = await keysIn(designators)
  const known = await passwordsIn(passwords)
  const all = []
  for (const key of keys) all.push(...openersOf(await unlockWith(key, known)))
  return all
}

/** `9:` and the key in hexadecimal. */
async function sessionKeysIn(designators: readonly string[] = []): Promise<OpenedSessionKey[]> {
  const all = []
  for (const designator of designators) {
    const text = Buffer.from(await readDesignated(designator))
      .toString('latin1')
      .trimEnd()
    const [, algorithm, hex = ''] = /^(\d{1,3}):((?:[0-9A-Fa-f]{2})+)$/.exec(text) ?? []
    if (algorithm === undefined) throw new SopError('BAD_DATA', designator)
    all.push({ algorithm: Number(algorithm), data: new Uint8Array(Buffer.from(hex, 'hex')) })
  }
  return all
}
