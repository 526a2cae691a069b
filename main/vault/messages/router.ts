import { basename } from 'node:path'
import { implement } from '@orpc/server'
import { failureOf, LibralError } from '#protocol/errors.ts'
import type { FileNews, Reading } from '#protocol/messages.ts'
import { encryptMessage } from '../openpgp/encrypt.ts'
import { fileSource } from '../openpgp/files.ts'
import { kindOf } from '../openpgp/inspect.ts'
import type { Vault } from '../vault.ts'
import { messagesVaultContract } from './contract.ts'
import { knownKeys } from './known-keys.ts'
import { planMessage } from './plan.ts'
import { openFileKey, type Reader, readFileJob, readText } from './read.ts'
import { fileFacts, settle, textFacts } from './settle.ts'
import { sparsely, told } from './told.ts'
import {
  armoredMessage,
  encryptFile,
  encryptOptions,
  envelopeOf,
  signersOf,
  signFile,
  signText,
  textOf,
  textSource,
} from './write.ts'

const os = implement(messagesVaultContract).$context<{ readonly vault: Vault }>()

const readerOf = async (vault: Vault): Promise<Reader> => ({ vault, known: await knownKeys(vault), passwords: [] })

/** メッセージ: what the vault does with text and files. Failures are LibralErrors. */
export const messagesRouter = os.router({
  plan: os.plan.handler(async ({ context: { vault }, input }) =>
    planMessage((await knownKeys(vault)).entries, input, vault.now()),
  ),
  encryptText: os.encryptText.handler(async ({ context: { vault }, input: { text, envelope } }) => {
    const known = await knownKeys(vault)
    const plan = planMessage(known.entries, envelope, vault.now())
    const passwords = await settle(vault, plan, envelope.password, textFacts(text, vault.say))
    const message = encryptMessage(textSource(text), encryptOptions(known, plan, passwords))
    return { text: await textOf(armoredMessage(message, plan)) }
  }),
  signText: os.signText.handler(async ({ context: { vault }, input: { text, signing } }) => {
    const known = await knownKeys(vault)
    const plan = planMessage(known.entries, envelopeOf(signing), vault.now())
    await settle(vault, plan, false, textFacts(text, vault.say))
    return { text: await signText(text, signing.form, signersOf(known, plan)) }
  }),
  readText: os.readText.handler(async ({ context: { vault }, input: { text, signed } }) =>
    readText(await readerOf(vault), text, signed),
  ),
  inspect: os.inspect.handler(async ({ context: { vault }, input: { file } }) => {
    vault.keyring()
    const source = await fileSource(file)
    try {
      return { kind: await kindOf(source) }
    } catch (thrown) {
      if (thrown instanceof LibralError && thrown.code !== 'openpgp.read-failed') return { kind: 'other' as const }
      throw thrown
    } finally {
      source.close()
    }
  }),
  openKey: os.openKey.handler(async ({ context: { vault }, input: { file } }) => {
    const { algorithm, data } = await openFileKey(await readerOf(vault), file)
    return { algorithm, key: Buffer.from(data).toString('base64') }
  }),
  encryptFiles: os.encryptFiles.handler(({ context: { vault }, input: { files, envelope, armored }, signal }) =>
    told<FileNews>(async (tell, ending) => {
      const known = await knownKeys(vault)
      const plan = planMessage(known.entries, envelope, vault.now())
      const passwords = await settle(vault, plan, envelope.password, fileFacts(namesOf(files), vault.say))
      const options = encryptOptions(known, plan, passwords)
      await eachFile(files, tell, ending, async (file, onProgress) => {
        const wrap = armored ? (it: Parameters<typeof armoredMessage>[0]) => armoredMessage(it, plan) : null
        const watch = { signal: ending, onProgress: working(onProgress) }
        await encryptFile(vault, file, options, wrap ?? ((it) => it), watch)
        return null
      })
    }, signal),
  ),
  signFiles: os.signFiles.handler(({ context: { vault }, input: { files, signing, armored }, signal }) =>
    told<FileNews>(async (tell, ending) => {
      const known = await knownKeys(vault)
      const plan = planMessage(known.entries, envelopeOf(signing), vault.now())
      await settle(vault, plan, false, fileFacts(namesOf(files), vault.say))
      const signers = signersOf(known, plan)
      await eachFile(files, tell, ending, async (file, onProgress) => {
        const watch = { signal: ending, onProgress: working(onProgress) }
        await signFile(vault, file, signing, armored, signers, watch)
        return null
      })
    }, signal),
  ),
  readFiles: os.readFiles.handler(({ context: { vault }, input: { files }, signal }) =>
    told<FileNews>(async (tell, ending) => {
      const reader = await readerOf(vault)
      await eachFile(files, tell, ending, (file, onProgress) =>
        readFileJob(reader, file, { signal: ending }, onProgress),
      )
    }, signal),
  ),
})

type OnProgress = (phase: 'checking' | 'working', done: number, total: number | null) => void

const working =
  (onProgress: OnProgress) =>
  (done: number, total: number | null): void =>
    onProgress('working', done, total)

const namesOf = (files: readonly { readonly source: string }[]): string[] => files.map(({ source }) => basename(source))

/** One file after another; one that fails does not keep the others back. */
async function eachFile<File>(
  files: readonly File[],
  tell: (news: FileNews) => void,
  signal: AbortSignal,
  work: (file: File, onProgress: OnProgress) => Promise<Reading | null>,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    if (signal.aborted) return
    tell({ state: 'running', index, phase: 'working', done: 0, total: null })
    const onProgress = sparsely<Parameters<OnProgress>>((phase, done, total) =>
      tell({ state: 'running', index, phase, done, total }),
    )
    try {
      tell({ state: 'finished', index, reading: await work(file, onProgress) })
    } catch (thrown) {
      tell({ state: 'failed', index, failure: failureOf(thrown) })
    }
  }
}
