import { armored } from '../../vault/openpgp/armor.ts'
import { collect } from '../../vault/openpgp/byte-reader.ts'
import { cleartextLimit, readCleartext, signCleartext } from '../../vault/openpgp/cleartext.ts'
import { readSigned, type Sink, type Source } from '../../vault/openpgp/decrypt.ts'
import { hashOfSignatures, signDetached, signedMessage } from '../../vault/openpgp/sign.ts'
import { verifyDetached } from '../../vault/openpgp/verify.ts'
import { binaryOf, detachInline, isCleartext } from '../../vault/stateless/inline.ts'
import { judgedBy } from '../../vault/stateless/material.ts'
import { chosen, needed, type SopArguments } from './arguments.ts'
import { openOutput, readDesignated } from './designators.ts'
import { SopError } from './failure.ts'
import { certificatesIn, signersIn } from './material.ts'
import { asText, Replayed, type SopStreams, sendAll } from './streams.ts'
import { periodIn, verificationLines } from './verifications.ts'

const nowhere: Sink = { write: () => {} }
const anyOlder = (signers: readonly { readonly key: { readonly version: number } }[]): boolean =>
  signers.some(({ key }) => key.version !== 6)

export async function sign(given: SopArguments, streams: SopStreams): Promise<void> {
  const as = chosen(given, 'as', ['binary', 'text'], 'binary')
  needed(given.rest, 'KEYS')
  const signers = await signersIn(given.rest, given.values.get('with-key-password'))
  const micalg = given.values.get('micalg-out')?.at(-1)
  const output = micalg === undefined ? null : openOutput(micalg)
  try {
    const document = as === 'text' ? asText(streams.input) : streams.input
    const signature = await signDetached(document, { signers, text: as === 'text' })
    output?.write(`pgp-${hashOfSignatures.name.toLowerCase()}`)
    output?.close()
    const binary = given.flags.has('no-armor')
    await sendAll(binary ? [signature] : armored('signature', [signature], anyOlder(signers)), streams)
  } catch (thrown) {
    output?.discard()
    throw thrown
  }
}

export async function verify(given: SopArguments, streams: SopStreams): Promise<void> {
  needed(given.rest, 'SIGNATURES CERTS', 2)
  const [signature = '', ...certs] = given.rest
  const period = periodIn(given)
  const signatures = await readDesignated(signature)
  const certificates = await certificatesIn(certs)
  const verdicts = await verifyDetached(streams.input, [signatures], judgedBy(certificates.all, Date.now()))
  const lines = verificationLines(verdicts, period, certificates)
  if (lines.length === 0) throw new SopError('NO_SIGNATURE', '有効な署名がありません')
  await streams.send(Buffer.from(lines.join('')))
}

export async function inlineSign(given: SopArguments, streams: SopStreams): Promise<void> {
  const as = chosen(given, 'as', ['binary', 'text', 'clearsigned'], 'binary')
  const binary = given.flags.has('no-armor')
  if (binary && as === 'clearsigned') throw new SopError('INCOMPATIBLE_OPTIONS', '--no-armor --as=clearsigned')
  needed(given.rest, 'KEYS')
  const signers = await signersIn(given.rest, given.values.get('with-key-password'))
  if (as === 'clearsigned') {
    const text = Buffer.from(await collect(asText(streams.input), cleartextLimit)).toString('utf8')
    return streams.send(Buffer.from(await signCleartext(text, { signers })))
  }
  await withReplayed(streams, async (source) => {
    // Known to be text before the first byte goes out.
    if (as === 'text') for await (const _ of asText(source.open()));
    const message = signedMessage(source, { signers, text: as === 'text' })
    await sendAll(binary ? message : armored('message', message, anyOlder(signers)), streams)
  })
}

export async function inlineVerify(given: SopArguments, streams: SopStreams): Promise<void> {
  needed(given.rest, 'CERTS')
  const period = periodIn(given)
  const certificates = await certificatesIn(given.rest)
  const named = given.values.get('verifications-out')?.at(-1)
  const output = named === undefined ? null : openOutput(named)
  try {
    await withReplayed(streams, async (source) => {
      const judgement = judgedBy(certificates.all, Date.now())
      const clear = (await isCleartext(source))
        ? await readCleartext(await collect(source.open(), cleartextLimit + 1), judgement)
        : null
      // Nothing of it goes out before a signature over all of it was found good.
      const { signatures } = clear ?? (await readSigned(binaryOf(source), nowhere, judgement))
      const lines = verificationLines(signatures, period, certificates)
      if (lines.length === 0) throw new SopError('NO_SIGNATURE', '有効な署名がありません')
      output?.write(lines.join(''))
      if (clear === null) await readSigned(binaryOf(source), sinkOf(streams), judgement)
      else await streams.send(Buffer.from(clear.text))
    })
    output?.close()
  } catch (thrown) {
    output?.discard()
    throw thrown
  }
}

export async function inlineDetach(given: SopArguments, streams: SopStreams): Promise<void> {
  const named = given.values.get('signatures-out')?.at(-1)
  if (named === undefined) throw new SopError('MISSING_ARG', '--signatures-out')
  if (given.rest.length > 0) throw new SopError('UNSUPPORTED_OPTION', given.rest.join(' '))
  const output = openOutput(named)
  try {
    await withReplayed(streams, async (source) => {
      const signatures = await detachInline(source, nowhere)
      if (signatures.byteLength === 0) throw new SopError('BAD_DATA', '署名がありません')
      const binary = given.flags.has('no-armor')
      output.write(binary ? signatures : await collect(armored('signature', [signatures]), cleartextLimit))
      await detachInline(source, sinkOf(streams))
    })
    output.close()
  } catch (thrown) {
    output.discard()
    throw thrown
  }
}

const sinkOf = ({ send }: SopStreams): Sink => ({ write: send })

async function withReplayed({ input }: SopStreams, use: (source: Source) => Promise<void>): Promise<void> {
  const source = new Replayed(input)
  try {
    await use(source)
  } finally {
    await source.close()
  }
}
