import { useTranslation } from 'react-i18next'
import { type Card, type CardSlot, touchPolicies } from '#protocol/hardware.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { date } from '../../format/instant.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Select } from '../../ui/field.tsx'
import { Status } from '../../ui/status.tsx'
import { grouped } from '../keys/key-text.ts'

/** The three places for keys on a card. */
export const CardSlots = ({ card }: { readonly card: Card }) => {
  const { t } = useTranslation('hardware')
  const columns: readonly Column<CardSlot>[] = [
    { id: 'use', title: t('card.column.use'), cell: ({ slot }) => t(`card.slot${slot}`) },
    {
      id: 'algorithm',
      title: t('card.column.algorithm'),
      cell: ({ present, algorithm }) => (present ? algorithm : <span className="text-faint">{t('card.empty')}</span>),
    },
    {
      id: 'fingerprint',
      title: t('card.column.fingerprint'),
      cell: ({ present, fingerprint }) =>
        present && fingerprint !== null ? <span className="font-mono">{grouped(fingerprint.slice(-16))}</span> : '',
    },
    {
      id: 'created',
      title: t('card.column.created'),
      right: true,
      cell: ({ present, createdAt }) => (present && createdAt !== null ? date(createdAt) : ''),
    },
    { id: 'touch', title: t('card.column.touch'), cell: (slot) => <Touch card={card} slot={slot} /> },
    { id: 'entry', title: t('card.column.entry'), cell: (slot) => <Entry slot={slot} /> },
  ]
  return <DataTable label={t('card.slots')} columns={columns} rows={card.slots} rowKey={({ slot }) => `${slot}`} />
}

const Touch = ({ card, slot: { slot, touch, present } }: { readonly card: Card; readonly slot: CardSlot }) => {
  const { t } = useTranslation('hardware')
  if (!present) return ''
  if (touch === 'unknown' || touch === 'fixed') return t(`card.touchPolicy.${touch}`)
  return (
    <Select
      className="w-auto"
      aria-label={t('card.touchOf', { use: t(`card.slot${slot}`) })}
      value={touch}
      onChange={({ target }) =>
        void act(
          () => desktop.hardware.setTouch({ card: card.number, slot, touch: target.value as typeof touch }),
          () => t('done.touch'),
        )
      }
    >
      {touchPolicies.map((it) => (
        <option key={it} value={it}>
          {t(`card.touchPolicy.${it}`)}
        </option>
      ))}
    </Select>
  )
}

const Entry = ({ slot: { present, entry } }: { readonly slot: CardSlot }) => {
  const { t } = useTranslation('hardware')
  if (!present) return ''
  if (entry === null) return <Status tone="warning">{t('card.notTaken')}</Status>
  return entry.held ? (
    <Status tone="ok">{entry.name}</Status>
  ) : (
    <Status tone="warning">{t('card.takenElsewhere', { name: entry.name })}</Status>
  )
}
