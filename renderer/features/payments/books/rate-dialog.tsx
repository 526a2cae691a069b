import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ratedCurrencies, recordRate, yenRateSchema } from '#protocol/payments-books.ts'
import { backendNow } from '../../../app/clock.ts'
import { submit } from '../../../app/submit.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../../ui/field.tsx'
import { dayNumber, jstDay } from '../business-days.ts'

/** A rate as somebody found it, with where: it is theirs from then on. */
export const RateDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('paymentsBooks')
  const { t: common } = useTranslation()
  const [currency, setCurrency] = useState<(typeof ratedCurrencies)[number]>('USD')
  const [day, setDay] = useState(() => `${jstDay(backendNow()).slice(0, 7)}-01`)
  const [yen, setYen] = useState('')
  const [note, setNote] = useState('')
  const [tried, setTried] = useState(false)
  const wrongs = {
    day: dayNumber(day) === null ? t('range.missing') : null,
    yen: yenRateSchema.safeParse(yen).success ? null : t('rates.wrong'),
    note: note.trim() === '' ? t('rates.sourceMissing') : null,
  }
  const say = (wrong: string | null): string | null => (tried ? wrong : null)
  const save = async (): Promise<void> => {
    setTried(true)
    if (Object.values(wrongs).some((wrong) => wrong !== null)) return
    const sent = await submit(recordRate.name, { currency, day, yen, note: note.trim() }, t('rates.saved'))
    if (sent?.state === 'accepted') onClose()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('rates.add')}
      description={t('rates.hint')}
      footer={
        <>
          <Button onClick={onClose}>{common('action.cancel')}</Button>
          <Button look="primary" onClick={() => void save()}>
            {t('rates.save')}
          </Button>
        </>
      }
    >
      <div className="grid grid-cols-3 gap-3">
        <Field label={t('rates.currency')}>
          {(ids) => (
            <Select
              {...ids}
              value={currency}
              onChange={(event) => setCurrency(ratedCurrencies.find((one) => one === event.target.value) ?? currency)}
            >
              {ratedCurrencies.map((one) => (
                <option key={one} value={one}>
                  {t(`rates.one.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('rates.yen')} error={say(wrongs.yen)}>
          {(ids) => (
            <TextInput
              {...ids}
              inputMode="decimal"
              className="w-full text-right"
              maxLength={13}
              value={yen}
              onChange={(event) => setYen(event.target.value.trim())}
            />
          )}
        </Field>
        <Field label={t('rates.day')} error={say(wrongs.day)}>
          {(ids) => <TextInput {...ids} type="date" value={day} onChange={(event) => setDay(event.target.value)} />}
        </Field>
      </div>
      <div className="mt-3">
        <Field label={t('rates.source')} hint={t('rates.sourceHint')} error={say(wrongs.note)}>
          {(ids) => (
            <TextInput {...ids} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  )
}
