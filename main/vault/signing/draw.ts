import { type Described, describeCommand } from '#protocol/describe.ts'
import { type DescribedLine, type DescribedValue, descriptionWords } from '#protocol/description.ts'
import { namedTime } from '#protocol/japan-time.ts'
import { moneyText } from '#protocol/money.ts'
import { accountName, settingText } from '#protocol/payments-words.ts'
import { paramsDigest } from '#trust/statement.ts'
import type { Asked } from '../ask/question.ts'
import type { SayVault } from '../ask/texts.ts'
import { grouped, longestText, visible } from '../ask/written.ts'
import type { CommandWish, SigningWish, StatedCommand, Vote } from './contract.ts'

type Fact = Asked['facts'][number]

export interface Drawing {
  readonly wish: SigningWish
  /** What the person may sign with, each in one line: the first is chosen at the start. */
  readonly keys: readonly string[]
  readonly say: SayVault
}

/** The confirmation of a signature, drawn from the statement and the parameters that it binds, and from nothing else. */
export const drawn = (drawing: Drawing): Asked => {
  const { wish, say, keys } = drawing
  const { title, facts, warnings, danger } =
    wish.what === 'command' ? ofCommand(drawing, wish.command) : ofVote(drawing, wish)
  const locked = wish.what === 'command' ? wish.command.statement : wish.vote
  const [only] = keys
  return {
    title,
    body: warnings,
    facts: [
      ...facts,
      { label: say('fact.signs'), value: named(locked.operator, drawing) },
      { label: say('fact.deployment'), value: visible(wish.deployment) },
      { label: say('fact.context'), value: locked.context },
      { label: say('fact.expires'), value: namedTime(locked.expiresAt) },
      { label: say('fact.id'), value: (wish.what === 'command' ? wish.command : wish.proposal).statement.id },
      ...(keys.length === 1 && only !== undefined ? [{ label: say('fact.key'), value: only }] : []),
    ],
    fields: 'none',
    choices: keys.length > 1 ? { label: say('sign.choose'), items: [...keys] } : null,
    accept: say('sign.accept'),
    danger,
  }
}

/** What a command is signed for that the vault does itself, in the same window: its own words beside the command's. */
export interface Along {
  readonly facts: readonly Fact[]
  readonly accept: string
  readonly danger?: boolean
  /** What asks for the command's parameter `reason`, which is typed here; left out: the parameters are whole. */
  readonly reason?: string
}

/** The same with what goes along. A reason that is still to be typed stands in its field, and in no line of the list. */
export const drawnAlong = (
  drawing: Drawing & { readonly wish: CommandWish },
  { facts, accept, danger = false, reason }: Along,
): Asked => {
  const { wish, say } = drawing
  const command = reason === undefined ? wish.command : withReason(wish.command, '…')
  const asked = drawn({ ...drawing, wish: { ...wish, command } })
  const reasonLine = descriptionWords[say.lang].reason
  return {
    ...asked,
    facts: [...facts, ...asked.facts.filter(({ label }) => reason === undefined || label !== reasonLine)],
    accept,
    danger: danger || asked.danger === true,
    ...(reason !== undefined && { fields: 'line', words: { field: reason, short: say('lineEmpty') }, least: 1 }),
  }
}

/** The command with the reason that a person gave, bound anew. */
export const withReason = ({ statement, salt, params }: StatedCommand, reason: string): StatedCommand => {
  const whole = { ...params, reason }
  return { statement: { ...statement, paramsDigest: paramsDigest(salt, whole as never) }, salt, params: whole }
}

interface Part {
  readonly title: string
  readonly facts: Fact[]
  readonly warnings: string[]
  readonly danger: boolean
}

const ofCommand = (drawing: Drawing, command: StatedCommand): Part => {
  const { say } = drawing
  const described = describeCommand(command)
  const facts = factsOf(described, drawing)
  return {
    title: say('sign.title', { what: titleOf(described, drawing) }),
    facts,
    warnings: warningsOf(described, drawing),
    danger: !described.known || described.risk === 'high',
  }
}

const ofVote = (drawing: Drawing, { vote, proposal }: Extract<SigningWish, { what: 'vote' }>): Part => {
  const { say } = drawing
  const described = describeCommand(proposal)
  const facts: Fact[] = [
    { label: say(`vote.of.${vote.purpose}`), value: titleOf(described, drawing) },
    ...factsOf(described, drawing),
    { label: say('fact.proposer'), value: named(proposal.statement.operator, drawing) },
    ...addedOf(vote, say),
  ]
  // What lets it happen is shown with what becomes of it; an emergency is red whatever it does.
  const emergency = vote.purpose === 'break-glass'
  const approves = vote.purpose === 'approve' || emergency
  return {
    title: say(`vote.title.${vote.purpose}`),
    facts,
    warnings: [say(`vote.body.${vote.purpose}`), ...(approves ? warningsOf(described, drawing) : [])],
    danger: emergency || (approves && (!described.known || described.risk === 'high')),
  }
}

const titleOf = (described: Described, { say }: Drawing): string =>
  described.known
    ? descriptionWords[say.lang][described.description.title]
    : say('sign.unknown', { command: described.command })

const warningsOf = (described: Described, { say }: Drawing): string[] =>
  described.known
    ? described.description.effects.map((effect) => descriptionWords[say.lang][effect])
    : [say('sign.unknownBody')]

const factsOf = (described: Described, drawing: Drawing): Fact[] =>
  described.known
    ? described.description.lines.map((line) => lineOf(line, drawing))
    : described.raw.map(([name, json]) => ({
        label: visible(name),
        value: cut(visible(JSON.stringify(json)), drawing.say),
      }))

const lineOf = ({ label, values }: DescribedLine, drawing: Drawing): Fact => {
  const words = descriptionWords[drawing.say.lang]
  const value = values.map((it) => written(it, drawing)).join(drawing.say.lang === 'ja' ? '、' : ', ')
  return { label: words[label], value: cut(value === '' ? words.none : value, drawing.say) }
}

const written = (value: DescribedValue, drawing: Drawing): string => {
  switch (value.as) {
    case 'text':
      return visible(value.text)
    // With their numbers, so that no line of it passes for a fact of its own.
    case 'lines':
      return value.text
        .split('\n')
        .map((line, nth) => `${nth + 1}: ${visible(line)}`)
        .join('\n')
    case 'word':
      return descriptionWords[drawing.say.lang][value.word]
    case 'operator':
      return named(value.operator, drawing)
    case 'fingerprint':
      return grouped(value.fingerprint)
    case 'instant':
      return namedTime(value.at)
    case 'days':
      return drawing.say('fact.days', { days: String(value.days) })
    case 'amount':
      return moneyText(value.amount)
    case 'account':
      return accountName(drawing.say.lang, value.account)
    case 'setting':
      return visible(settingText(drawing.say.lang, value.name, value.text))
  }
}

/** The id is what is signed; the name is the deployment's word. */
const named = (operator: string, { wish, say }: Drawing): string => {
  const name = (wish.names as Readonly<Record<string, string>>)[operator]
  return name === undefined ? operator : say('fact.named', { id: operator, name: visible(name) })
}

/** What is too long to be read is not shown as if it were whole. */
const cut = (text: string, say: SayVault): string =>
  text.length <= longestText
    ? text
    : say('fact.textMore', { text: text.slice(0, longestText), count: String(text.length) })

const voteMembers = new Set(['v', 'context', 'purpose', 'target', 'issuedAt', 'expiresAt', 'operator'])

/** What the vote says beyond its target. */
const addedOf = (vote: Vote, say: SayVault): Fact[] =>
  Object.entries(vote).flatMap(([name, value]) => {
    if (voteMembers.has(name) || value === '') return []
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return [{ label: name === 'reason' ? say('fact.reason') : visible(name), value: cut(visible(text), say) }]
  })
