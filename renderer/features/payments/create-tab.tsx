import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SentCommand } from '#protocol/desktop.ts'
import { type PaymentCurrency, type ProviderName, providers, providerTraits } from '#protocol/payments.ts'
import { type PaymentRow, payments } from '#protocol/payments-records.ts'
import { taxRates } from '#protocol/payments-tax.ts'
import { useRow } from '../../app/collection.ts'
import { useIsDemo } from '../../app/demo-band.tsx'
import { useLive } from '../../app/live.ts'
import { goTo } from '../../app/navigation.ts'
import { sentCommands, usePermitted } from '../../app/streams.ts'
import { submit } from '../../app/submit.ts'
import { minorOf } from '../../format/money.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Field, Select, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Failed, NotPermitted } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { LinkPanel } from './link-panel.tsx'
import { StateMark } from './state-mark.tsx'
import { useMoney, useProviderLabel } from './words.ts'

const mostNote = 500
const merchantForm = /^[a-z0-9][a-z0-9-]{0,31}$/

interface Wish {
  readonly provider: ProviderName
  readonly currency: PaymentCurrency
  readonly amount: string
  readonly title: string
  readonly merchant: string
  readonly taxRate: number
  readonly authorise: boolean
  readonly note: string
}
const empty: Wish = {
  ...{ provider: 'paypay', currency: 'JPY', amount: '', title: '', merchant: 'main' },
  ...{ taxRate: 10, authorise: false, note: '' },
}

/** Another provider keeps what it takes, and has the rest fitted to what it offers. */
const withProvider = (wish: Wish, provider: ProviderName): Wish => {
  const { currencies, authorises } = providerTraits[provider]
  const currency = currencies.find((one) => one === wish.currency) ?? currencies[0] ?? wish.currency
  return {
    ...{ ...wish, provider, currency, amount: currency === wish.currency ? wish.amount : '' },
    authorise: wish.authorise && authorises,
  }
}

/** What is wrong with each field; null: nothing. */
const useWrongs = (wish: Wish) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const { most, title } = providerTraits[wish.provider]
  const minor = minorOf(wish.currency, wish.amount)
  const length = [...wish.title.trim()].length
  return {
    amount:
      minor === null
        ? t(`amountWrong.${wish.currency}`)
        : minor < 1n || minor > most
          ? t('act.outOfRange', { least: amount(wish.currency, 1n), most: amount(wish.currency, most) })
          : null,
    title: length === 0 ? t('create.titleMissing') : length > title ? t('create.titleLong', { most: title }) : null,
    merchant: merchantForm.test(wish.merchant) ? null : t('create.merchantWrong'),
  }
}

/** What becomes of a payment that is not on record yet: it may wait for the link, and be refused then. */
const Unmade = ({ sent }: { readonly sent: SentCommand | undefined }) => {
  const { t } = useTranslation('payments')
  if (sent?.state === 'refused' || sent?.state === 'expired' || sent?.state === 'unknown') {
    const code = sent.state === 'expired' ? 'command.expired' : 'command.outcome-unknown'
    return <Failed failure={sent.failure ?? { code, params: {} }} />
  }
  return <Status tone="busy">{t(sent?.state === 'queued' ? 'create.queued' : 'create.sending')}</Status>
}

/** The payment just made, while its buyer pays. */
const Watched = ({ payment }: { readonly payment: string }) => {
  const { t } = useTranslation('payments')
  const amount = useMoney()
  const { row } = useRow<PaymentRow>(payments.name, payment)
  const sent = useLive(sentCommands).find(({ id }) => id === payment)
  if (row === null) return <Unmade sent={sent} />
  const waits = row.state === 'pending' || row.state === 'created'
  return (
    <section aria-label={t('create.made')} className="flex flex-col gap-3">
      <div
        className="flex flex-wrap items-center gap-4 rounded-lg border border-line bg-surface px-4 py-3"
        role="status"
      >
        <span className="min-w-0 truncate">{row.title}</span>
        <span className="figure font-bold text-[20px]">{amount(row.currency, row.amount)}</span>
        <StateMark state={row.state} />
        <Button className="ml-auto" onClick={() => goTo({ page: 'payments', key: payment })}>
          {t('create.details')}
        </Button>
      </div>
      {row.state === 'created' && <p className="text-muted">{t('create.making')}</p>}
      {row.state === 'captured' && <p className="font-bold text-ok">{t('create.paid')}</p>}
      {waits && <LinkPanel row={row} />}
    </section>
  )
}

/** 作成: a link or QR with which somebody pays, and what becomes of it. */
export const CreateTab = () => {
  const { t } = useTranslation('payments')
  const provider = useProviderLabel()
  const permitted = usePermitted('payments.create')
  const [wish, setWish] = useState(empty)
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  const demo = useIsDemo()
  const wrongs = useWrongs(wish)
  const traits = providerTraits[wish.provider]
  if (!permitted) return <NotPermitted />
  const wrong = (text: string | null): string | null => (tried ? text : null)
  const create = async (): Promise<void> => {
    setTried(true)
    const minor = minorOf(wish.currency, wish.amount)
    if (minor === null || Object.values(wrongs).some((one) => one !== null)) return
    setBusy(true)
    const sent = await submit('payments.create', {
      provider: wish.provider,
      amount: { currency: wish.currency, minor: minor.toString() },
      merchant: wish.merchant,
      taxRate: wish.taxRate,
      intent: wish.authorise ? 'authorise' : 'capture',
      title: wish.title.trim(),
      note: wish.note.trim(),
    })
    setBusy(false)
    if (sent === null || sent.state === 'refused' || sent.state === 'expired') return
    setMade(sent.id)
    setWish({ ...wish, amount: '', title: '', note: '' })
    setTried(false)
  }
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Panel title={t('create.title')}>
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            void create()
          }}
        >
          {demo && <p className="rounded-md border border-line px-3 py-2">{t('demoBuyers')}</p>}
          <div className="flex flex-col gap-1.5">
            <Segmented
              label={t('column.provider')}
              value={wish.provider}
              options={providers.map((value) => ({ value, label: provider(value) }))}
              onChange={(next) => setWish(withProvider(wish, next))}
            />
            <p className="text-muted">{t(`sells.${wish.provider}`)}</p>
          </div>
          <div className="grid grid-cols-2 gap-3">
            <Field label={t('create.amount')} error={wrong(wrongs.amount)}>
              {(ids) => (
                <TextInput
                  {...ids}
                  inputMode="decimal"
                  className="w-full text-right"
                  value={wish.amount}
                  maxLength={24}
                  onChange={(event) => setWish({ ...wish, amount: event.target.value })}
                />
              )}
            </Field>
            <Field label={t('filter.currency')}>
              {(ids) => (
                <Select
                  {...ids}
                  value={wish.currency}
                  onChange={(event) => setWish({ ...wish, currency: event.target.value as PaymentCurrency })}
                >
                  {traits.currencies.map((one) => (
                    <option key={one} value={one}>
                      {t(`currency.${one}`)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          </div>
          <Field
            label={t('column.title')}
            hint={t('create.titleHint', { most: traits.title })}
            error={wrong(wrongs.title)}
          >
            {(ids) => (
              <TextInput
                {...ids}
                value={wish.title}
                maxLength={255}
                onChange={(event) => setWish({ ...wish, title: event.target.value })}
              />
            )}
          </Field>
          <div className="grid grid-cols-2 gap-3">
            <Field label={t('facts.tax')} hint={t('create.taxHint')}>
              {(ids) => (
                <Select
                  {...ids}
                  value={wish.taxRate}
                  onChange={(event) => setWish({ ...wish, taxRate: Number(event.target.value) })}
                >
                  {taxRates.map((rate) => (
                    <option key={rate} value={rate}>
                      {t(`taxRate.${rate}`)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label={t('column.merchant')} hint={t('create.merchantHint')} error={wrong(wrongs.merchant)}>
              {(ids) => (
                <TextInput
                  {...ids}
                  value={wish.merchant}
                  maxLength={32}
                  onChange={(event) => setWish({ ...wish, merchant: event.target.value.toLowerCase() })}
                />
              )}
            </Field>
          </div>
          <Field label={t('facts.note')} hint={t('create.noteHint')}>
            {(ids) => (
              <TextInput
                {...ids}
                value={wish.note}
                maxLength={mostNote}
                onChange={(event) => setWish({ ...wish, note: event.target.value })}
              />
            )}
          </Field>
          {traits.authorises && (
            <Checkbox
              checked={wish.authorise}
              onChange={(event) => setWish({ ...wish, authorise: event.target.checked })}
            >
              {t('create.authorise')}
            </Checkbox>
          )}
          <div>
            <Button type="submit" look="primary" disabled={busy}>
              {t('create.action')}
            </Button>
          </div>
        </form>
      </Panel>
      {made !== null && <Watched key={made} payment={made} />}
    </div>
  )
}
