import { LibralError } from '#protocol/errors.ts'
import type { CommandId, OperatorId } from '#protocol/ids.ts'
import { type ProviderName, providers } from '#protocol/payments.ts'
import {
  type MessagePage,
  type MessageQuery,
  type MessageRow,
  messageFindingSchema,
  messageIdSchema,
  messageOpened,
  messageOpeningMs,
  messageOpenings,
  messageReplayed,
  messageSourceOf,
  openMessage,
  type RawMessage,
  replayMessage,
  stepOf,
} from '#protocol/payments-inbox.ts'
import { oversizedHeader } from '../../kernel/inbox.ts'
import { accept, defineHandler, defineProjection, happened, type ModuleContext } from '../../kernel/module.ts'
import type { InboxLine, InboxLook } from '../../storage/port.ts'
import { ownPollHeader } from './provider.ts'

/** 受信箱: what came from providers, for people to look through. */

export const messageHandlers = [
  defineHandler({
    command: openMessage,
    reads: () => [],
    decide: (params) => accept(happened(messageOpened, params)),
  }),
  defineHandler({
    command: replayMessage,
    reads: () => [],
    decide: (params) => accept(happened(messageReplayed, params)),
  }),
]
export const messageProjections = [
  defineProjection({
    on: messageOpened,
    into: messageOpenings,
    reads: () => [],
    project: ({ provider, message }, { id, operator, at }) => [
      { key: id, row: { id, provider, message, operator, at } },
    ],
  }),
]

export interface Messages {
  look(query: MessageQuery): Promise<MessagePage>
  /** @throws LibralError `payments.message-not-opened`, `payments.message-gone` */
  opened(operator: OperatorId, opening: CommandId): Promise<RawMessage>
}

export const createMessages = ({ inbox, read, now }: Pick<ModuleContext, 'inbox' | 'read' | 'now'>): Messages => ({
  look: async (query) => {
    const lines = await inbox.look(lookFor(query))
    const last = lines.at(-1)
    const next = last && lines.length === query.limit ? `${last.receivedAt} ${last.id}` : null
    return { rows: lines.flatMap((line) => rowOf(line) ?? []), next }
  },
  opened: async (operator, opening) => {
    const row = await read.get(messageOpenings, opening)
    if (!row || row.operator !== operator || row.at + messageOpeningMs <= now())
      throw new LibralError('payments.message-not-opened')
    const item = await inbox.get(messageSourceOf(row.provider), row.message)
    if (!item) throw new LibralError('payments.message-gone')
    return { headers: item.headers, text: textOf(item.body), bytes: Buffer.from(item.body).toString('base64') }
  },
})

const lookFor = ({ provider, state, payment, before, limit }: MessageQuery): InboxLook => {
  const [at = '', id = ''] = before?.split(' ') ?? []
  return {
    sources: (provider === null ? providers : [provider]).map(messageSourceOf),
    state: state === null ? null : state === 'received' ? 'waiting' : state === 'refused' ? 'refused' : 'accepted',
    reasoned: state === 'nothing' ? true : state === 'processed' ? false : null,
    about: payment,
    before: before === null ? null : { receivedAt: Number(at), id },
    limit,
  }
}

const providerOf = (source: string): ProviderName | undefined =>
  providers.find((name) => messageSourceOf(name) === source)

/** undefined for what an adapter of another build named in a way that this one does not know. */
const rowOf = (line: InboxLine): MessageRow | undefined => {
  const provider = providerOf(line.source)
  const id = messageIdSchema.safeParse(line.id)
  if (!provider || !id.success) return undefined
  const finding = messageFindingSchema.safeParse(line.finding)
  const oversized = line.headers[oversizedHeader]
  const code = line.reason
  return {
    id: id.data,
    provider,
    via: line.headers[ownPollHeader] === undefined ? 'webhook' : 'poll',
    receivedAt: line.receivedAt,
    bytes: oversized === undefined ? line.bytes : Number(oversized),
    whole: oversized === undefined,
    state:
      line.state === 'waiting' ? 'received' : line.state === 'refused' ? 'refused' : code ? 'nothing' : 'processed',
    kind: finding.success ? finding.data.kind : '',
    ended: code === '' ? null : stepOf(code),
    code,
    payment: finding.success ? finding.data.payment : null,
    settledAt: line.settledAt,
  }
}

const textOf = (body: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return null
  }
}
