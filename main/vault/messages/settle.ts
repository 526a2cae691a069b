import { LibralError } from '#protocol/errors.ts'
import type { MessagePlan } from '#protocol/messages.ts'
import type { Asked } from '../ask/question.ts'
import type { SayVault } from '../ask/texts.ts'
import { leastPassphrase, type Vault } from '../vault.ts'
import { refusedIn } from './plan.ts'

type Facts = Asked['facts']

const shownCharacters = 280
const shownFiles = 8

/** What a signature goes under, drawn by the vault from the very text that it signs. */
export function textFacts(text: string, say: SayVault): Facts {
  const characters = [...text]
  const start = readable(characters.slice(0, shownCharacters).join(''))
  const value =
    characters.length <= shownCharacters
      ? start
      : say('fact.textMore', { text: start, count: String(characters.length) })
  return [{ label: say('fact.text'), value }]
}

/** Controls and marks of direction could make a text look like another. */
const readable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')

export const fileFacts = (files: readonly string[], say: SayVault): Facts => [
  ...files.slice(0, shownFiles).map((value) => ({ label: say('fact.file'), value: readable(value) })),
  ...(files.length > shownFiles
    ? [{ label: '', value: say('fact.filesMore', { count: String(files.length - shownFiles) }) }]
    : []),
]

/**
 * Refuses what the plan refuses, then settles in the vault's window what a page must not decide: that something is
 * signed, and a new password.
 * @param content what it is about
 * @returns the passwords
 * @throws LibralError `openpgp.recipient-unusable`, `openpgp.signer-unusable`, `vault.declined`
 */
export async function settle(vault: Vault, plan: MessagePlan, password: boolean, content: Facts): Promise<string[]> {
  const { say } = vault
  refuse(plan)
  if (plan.signer === null && !password) return []
  const kind = plan.signer === null ? 'message.password' : 'message.sign'
  const asked: Asked = {
    title: say(`${kind}.title`),
    body: [say(`${kind}.body`), ...(plan.signer !== null && password ? [say('message.password.body')] : [])],
    facts: [...signerFacts(plan, say), ...readerFacts(plan, say), ...content],
    fields: password ? 'two' : 'none',
    accept: plan.signer === null ? say('accept') : say('message.sign.accept'),
    password: true,
    least: password ? leastPassphrase : 0,
  }
  return vault.ask(asked, async (secret) => (password ? [new TextDecoder().decode(secret)] : []))
}

function refuse(plan: MessagePlan): void {
  const refused = refusedIn(plan)
  if (refused === null) return
  throw new LibralError(refused === plan.signer ? 'openpgp.signer-unusable' : 'openpgp.recipient-unusable', {
    name: refused.name,
    reason: refused.refusal ?? '',
  })
}

function signerFacts({ signer }: MessagePlan, say: SayVault): Facts {
  if (signer === null) return []
  const digits = (signer.fingerprint ?? '').slice(0, 40).toUpperCase().match(/.{4}/g) ?? []
  return [{ label: say('fact.signer'), value: `${signer.name}  v${signer.version}  ${digits.join(' ')}` }]
}

function readerFacts({ format, recipients, self }: MessagePlan, say: SayVault): Facts {
  const readers = [...recipients, ...(self === null ? [] : [self])].map(({ name }) => name)
  const value =
    format === null ? say('fact.public') : readers.length === 0 ? say('fact.readersNone') : readers.join('、')
  return [{ label: say('fact.readers'), value }]
}
