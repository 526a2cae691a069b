import { LibralError } from '#protocol/errors.ts'
import type { Answers } from './answers.ts'
import { plainText } from './plain-text.ts'
import type { Ask, Asked } from './question.ts'
import type { Terminal } from './terminal.ts'
import type { SayVault } from './texts.ts'
import { wordsOf } from './words.ts'

export interface TerminalAskOptions {
  readonly say: SayVault
  /** Given: answers come from there alone, and nobody is asked. */
  readonly answers: Answers | null
  /** Opened when the first question comes. */
  readonly terminal: () => Terminal | null
  /** Confirmations are taken as given; what they would have said goes to `note`. */
  readonly yes: boolean
  note(text: string): void
}

const tries = 3

/** Asks at a terminal, or takes the answers that a script gave. */
export function createTerminalAsk(options: TerminalAskOptions): Ask {
  return async (asked, use) => {
    if (asked.fields === 'none') {
      const choice = await confirm(asked, options)
      const done = await use(new Uint8Array(0), choice)
      if (done === null) throw new LibralError('vault.declined')
      return done
    }
    if (options.answers !== null) return once(await options.answers.next(), asked, use)
    return persistently(needed(options.terminal()), asked, use, options.say)
  }
}

function needed(terminal: Terminal | null): Terminal {
  if (terminal === null) throw new LibralError('vault.no-terminal')
  return terminal
}

const described = ({ title, body, facts, choices }: Asked): string =>
  [
    title,
    ...body,
    ...facts.map(({ label, value }) => `  ${label}: ${plainText(value)}`),
    ...(choices ? [`  ${choices.label}:`, ...choices.items.map((it, at) => `    ${at + 1}. ${plainText(it)}`)] : []),
    '',
  ].join('\n')

/** @returns which of the choices: the first where nobody is asked */
async function confirm(asked: Asked, { yes, answers, terminal, say, note }: TerminalAskOptions): Promise<number> {
  if (yes) {
    note(described(asked))
    return 0
  }
  const person = answers === null ? needed(terminal()) : null
  if (person === null) throw new LibralError('vault.no-terminal')
  person.write(described(asked))
  const choice = await choiceOf(person, asked)
  const line = await person.read(`${say('typeYes', { accept: asked.accept })} `, false)
  if (line === null || Buffer.from(line).toString('utf8').trim() !== 'yes') throw new LibralError('vault.declined')
  return choice
}

/** By its number; anything else is no answer. */
async function choiceOf(person: Terminal, { choices }: Asked): Promise<number> {
  if (!choices) return 0
  const typed = await person.read(`${choices.label} (1-${choices.items.length}): `, false)
  const nth = typed === null ? 0 : Number(Buffer.from(typed).toString('utf8').trim())
  if (!Number.isInteger(nth) || nth < 1 || nth > choices.items.length) throw new LibralError('vault.declined')
  return nth - 1
}

type Use<T> = (secret: Uint8Array, choice: number) => Promise<T | null>

/** Characters, not bytes. */
const lengthOf = (secret: Uint8Array): number =>
  secret.reduce((count, byte) => count + Number((byte & 0xc0) !== 0x80), 0)

const tooShort = (secret: Uint8Array, { least = 1, fields }: Asked): boolean =>
  fields === 'two' && lengthOf(secret) < least

async function once<T extends {}>(secret: Uint8Array, asked: Asked, use: Use<T>): Promise<T> {
  try {
    if (tooShort(secret, asked)) throw new LibralError('vault.passphrase-short', { least: asked.least ?? 1 })
    const done = await use(secret, 0)
    if (done === null) throw new LibralError('vault.passphrase-wrong')
    return done
  } finally {
    secret.fill(0)
  }
}

async function persistently<T extends {}>(person: Terminal, asked: Asked, use: Use<T>, say: SayVault): Promise<T> {
  person.write(described(asked))
  if (asked.wrong === true) person.write(`${wordsOf(asked, say).wrong}\n`)
  for (let left = tries; left > 0; left--) {
    const secret = await secretOf(person, asked, say)
    const done = await use(secret, 0).finally(() => secret.fill(0))
    if (done !== null) return done
    person.write(`${wordsOf(asked, say).wrong}\n`)
  }
  throw new LibralError('vault.passphrase-wrong')
}

/** Until it is long enough and typed the same way twice, where it is a new one. */
async function secretOf(person: Terminal, asked: Asked, say: SayVault): Promise<Uint8Array> {
  const words = wordsOf(asked, say)
  for (;;) {
    if (asked.fields === 'line') return line(person, words.field)
    const secret = await hidden(person, words.field)
    if (tooShort(secret, asked)) {
      person.write(`${words.short}\n`)
      continue
    }
    if (asked.fields === 'one') return secret
    const again = await hidden(person, words.again)
    const same = Buffer.from(secret).equals(again)
    again.fill(0)
    if (same) return secret
    secret.fill(0)
    person.write(`${words.differ}\n`)
  }
}

async function line(person: Terminal, label: string): Promise<Uint8Array> {
  const typed = await person.read(`${label}: `, false)
  if (typed === null) throw new LibralError('vault.declined')
  return typed
}

async function hidden(person: Terminal, label: string): Promise<Uint8Array> {
  const secret = await person.read(`${label}: `, true)
  if (secret === null) throw new LibralError('vault.declined')
  return secret
}
