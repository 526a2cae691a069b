import { agentKeyOf, cardKeys, externalPublic } from './agent-key.ts'
import { type AgentKey, readAgentKey } from './agent-keys.ts'
import { withAgent } from './agent-socket.ts'
import type { AskSecret } from './ask.ts'
import { readCard } from './card-channel.ts'
import type { CardStatus } from './card-data.ts'
import type { HeldPart } from './certificates-over.ts'
import type { HardwareUse } from './held-key.ts'
import { heldByAgent } from './held-key.ts'

export interface CardPart extends HeldPart {
  /** Of the version 4 key, as the card has it. */
  readonly fingerprint: string | null
}

export interface CardParts {
  readonly card: CardStatus
  readonly sign: CardPart | null
  readonly encrypt: CardPart | null
  readonly authenticate: CardPart | null
}

/**
 * The keys of the card that is in the reader, ready to sign and open.
 * @param ask for their PIN; left out: what `use` asks with
 */
export const cardParts = async (use: HardwareUse, ask: AskSecret = use.ask): Promise<CardParts> => {
  const keys = await cardKeys(use.agent)
  return withAgent(use.agent, async (agent) => {
    const card = await readCard(agent)
    const partIn = async (slot: 1 | 2 | 3): Promise<CardPart | null> => {
      const key: AgentKey | undefined = keys.get(slot)
      const shown = card.keys[slot - 1]
      if (key === undefined || shown?.createdAt == null) return null
      const known = externalPublic(await readAgentKey(agent, key.keygrip))
      const over = agentKeyOf({ ...use.agent, ask, onTouch: use.onTouch }, key, known, shown.createdAt)
      return { key: over, held: heldByAgent(key), fingerprint: shown.fingerprint }
    }
    return { card, sign: await partIn(1), encrypt: await partIn(2), authenticate: await partIn(3) }
  })
}
