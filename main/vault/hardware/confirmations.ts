import type { Asked } from '../ask/question.ts'
import type { SayVault } from '../ask/texts.ts'
import { grouped } from '../ask/written.ts'
import type { CardStatus } from './card-data.ts'

/** The keys that are on a card, by what stands on it. */
const keysOn = ({ keys }: CardStatus, say: SayVault, slots: readonly number[]): Asked['facts'] =>
  keys
    .filter(({ slot, present }) => present && slots.includes(slot))
    .map(({ slot, fingerprint }) => ({
      label: say('card.lost', { use: say(`card.slot${slot}`) }),
      value: fingerprint === null ? '—' : grouped(fingerprint),
    }))

const dangerous = (facts: Asked['facts']): Pick<Asked, 'facts' | 'fields' | 'danger'> => ({
  facts,
  fields: 'none',
  danger: true,
})

const theCard = (number: string, say: SayVault) => ({ label: say('where.pin'), value: number })

/** New keys take the place of those that are on the card. */
export const lostOnCard = (card: CardStatus, say: SayVault): Asked => ({
  title: say('card.make'),
  body: [say('card.makeBody')],
  ...dangerous([theCard(card.number, say), ...keysOn(card, say, [1, 2])]),
  accept: say('card.makeAccept'),
})

export const factoryReset = (card: CardStatus, say: SayVault): Asked => ({
  title: say('card.reset'),
  body: [say('card.resetBody')],
  ...dangerous([theCard(card.number, say), ...keysOn(card, say, [1, 2, 3])]),
  accept: say('card.resetAccept'),
})

export const touchForGood = (number: string, say: SayVault): Asked => ({
  title: say('card.touchFixed'),
  body: [say('card.touchFixedBody')],
  ...dangerous([theCard(number, say)]),
  accept: say('card.touchFixedAccept'),
})
