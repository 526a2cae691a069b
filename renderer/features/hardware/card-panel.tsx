import { CreditCard } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Card, Hardware } from '#protocol/hardware.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/panel.tsx'
import { State } from '../../ui/states/state.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { CardManage } from './card-manage.tsx'
import { CardSlots } from './card-slots.tsx'
import { PersonDialog } from './person-dialog.tsx'
import { takeCard } from './take-card.ts'

/** The card in the reader, or why there is none. */
export const CardPanel = ({ reader, readers }: Pick<Hardware, 'reader' | 'readers'>) => {
  const { t } = useTranslation('hardware')
  return (
    <Panel
      title={t('card.title')}
      padded={false}
      wraps
      actions={reader.state === 'present' && <CardActions card={reader.card} />}
    >
      {reader.state === 'looking' && <Loading rows={2} />}
      {reader.state === 'absent' && (
        <State icon={CreditCard} title={t(`card.why.${reader.why}`)}>
          {t(`card.whyHint.${reader.why}`)}
        </State>
      )}
      {reader.state === 'failed' && (
        <Failed failure={reader.failure} onRetry={() => void act(() => desktop.hardware.refresh({}))} />
      )}
      {reader.state === 'present' && <CardStatus card={reader.card} />}
      {readers.length > 0 && <Readers readers={readers} />}
    </Panel>
  )
}

/** Each reader, and whether a card is in it. */
const Readers = ({ readers }: Pick<Hardware, 'readers'>) => {
  const { t } = useTranslation('hardware')
  return (
    <ul aria-label={t('card.readers')} className="flex flex-wrap gap-x-6 border-line border-t px-4 py-1.5 text-faint">
      {readers.map(({ name, card }) => (
        <li key={name}>
          {name}　{t(card ? 'card.withCard' : 'card.withoutCard')}
        </li>
      ))}
    </ul>
  )
}

const CardActions = ({ card }: { readonly card: Card }) => {
  const { t } = useTranslation('hardware')
  const [form, setForm] = useState<'make' | 'take' | null>(null)
  const present = card.slots.filter((it) => it.present)
  const take = async (): Promise<void> => {
    if (!(await takeCard(card.number))) setForm('take')
  }
  return (
    <>
      {present.some(({ entry }) => entry?.held !== true) && (
        <Button look="primary" onClick={() => void take()}>
          {t('card.take')}
        </Button>
      )}
      <Button look={present.length === 0 ? 'primary' : 'secondary'} onClick={() => setForm('make')}>
        {t('card.make')}
      </Button>
      <CardManage card={card} />
      {form === 'make' && (
        <PersonDialog
          title={t('form.makeOnCard')}
          hint={t('form.makeOnCardHint')}
          choices={[{ id: 'algorithm', label: t('form.algorithm'), options: cardOptions(t) }]}
          onClose={() => setForm(null)}
          onSubmit={(person, { algorithm }) =>
            desktop.hardware.makeOnCard({ ...person, card: card.number, algorithm: algorithm as '25519' })
          }
        />
      )}
      {form === 'take' && (
        <PersonDialog
          title={t('form.takeCard')}
          hint={t('form.takeCardHint')}
          choices={[]}
          onClose={() => setForm(null)}
          onSubmit={(person) => desktop.hardware.takeCard({ card: card.number, person })}
        />
      )}
    </>
  )
}

const cardOptions = (t: (key: `algorithm.${'25519' | 'nistp256' | 'rsa2048' | 'rsa4096'}`) => string) =>
  (['25519', 'nistp256', 'rsa2048', 'rsa4096'] as const).map((value) => ({ value, label: t(`algorithm.${value}`) }))

const CardStatus = ({ card }: { readonly card: Card }) => {
  const { t } = useTranslation('hardware')
  const { tries } = card
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [t('card.holder'), card.holder || <span className="text-faint">{t('card.noHolder')}</span>],
    [
      t('card.signatures'),
      <span key="n" className="figure">
        {card.signatures}
      </span>,
    ],
    [t('card.pin'), <Tries key="p" left={tries.pin} />],
    [t('card.adminPin'), <Tries key="a" left={tries.adminPin} />],
    [t('card.resetCode'), tries.resetCode === 0 ? t('card.unset') : <Tries key="r" left={tries.resetCode} />],
  ]
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-6 gap-y-2 px-4 pb-3">
        <p className="font-bold text-[17px]">{t('card.name', { number: card.number })}</p>
        <p className="text-muted">{t('card.version', { version: card.version })}</p>
        <dl className="flex w-full flex-wrap gap-x-8 gap-y-1">
          {facts.map(([label, value]) => (
            <div key={label} className="flex items-baseline gap-2">
              <dt className="text-faint">{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {tries.pin === 0 && tries.adminPin > 0 && (
          <div role="alert" className="flex flex-wrap items-center gap-3">
            <Status tone="bad">{t('card.pinBlocked')}</Status>
            <Unblock card={card} />
          </div>
        )}
        {tries.adminPin === 0 && (
          <p role="alert">
            <Status tone="bad">{t('card.adminBlocked')}</Status>
          </p>
        )}
      </div>
      <CardSlots card={card} />
    </>
  )
}

const Tries = ({ left }: { readonly left: number }) => {
  const { t } = useTranslation('hardware')
  if (left === 0) return <Status tone="bad">{t('card.blocked')}</Status>
  return left < 3 ? <Status tone="warning">{t('card.left', { count: left })}</Status> : t('card.left', { count: left })
}

const Unblock = ({ card }: { readonly card: Card }) => {
  const { t } = useTranslation('hardware')
  const unblock = (by: 'reset-code' | 'admin-pin') => () =>
    void act(
      () => desktop.hardware.unblockPin({ card: card.number, by }),
      () => t('done.unblocked'),
    )
  return (
    <>
      {card.tries.resetCode > 0 && <Button onClick={unblock('reset-code')}>{t('card.unblockCode')}</Button>}
      <Button onClick={unblock('admin-pin')}>{t('card.unblockAdmin')}</Button>
    </>
  )
}
