import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type BookNames,
  type BookNamesRow,
  type BookSlot,
  bookNamesSchema,
  bookSlots,
  type Program,
  programNames,
  setBookNames,
  usualNames,
} from '#protocol/payments-books.ts'
import { taxRates } from '#protocol/payments-tax.ts'
import { providerNames } from '#protocol/payments-words.ts'
import { submit } from '../../../app/submit.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Checkbox, Field, TextInput } from '../../../ui/field.tsx'

interface NamesDialogProps {
  readonly program: Program
  /** As it is now; kept as it was when the dialog opened, so that another's change is noticed. */
  readonly now: BookNamesRow | null
  readonly permitted: boolean
  readonly onClose: () => void
}

const useSlotLabel = () => {
  const { t } = useTranslation('paymentsBooks')
  return (slot: BookSlot): string => {
    const [kind = '', provider] = slot.split(':')
    const word = t(`slot.${kind}` as 'slot.bank')
    return provider === undefined
      ? word
      : t('slot.of', { what: word, provider: providerNames[provider as keyof typeof providerNames] })
  }
}

/** How our accounts and taxes are called in one program. */
export const NamesDialog = ({ program, now, permitted, onClose }: NamesDialogProps) => {
  const { t } = useTranslation('paymentsBooks')
  const { t: common } = useTranslation()
  const [row] = useState(now)
  const [names, setNames] = useState<BookNames>(row?.names ?? usualNames[program])
  const [tried, setTried] = useState(false)
  const slotLabel = useSlotLabel()
  const parsed = bookNamesSchema.safeParse(names)
  const wrongAt = new Set(parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.')))
  const wrong = (path: string): string | null => (tried && wrongAt.has(path) ? t('names.wrong') : null)
  const save = async (): Promise<void> => {
    setTried(true)
    if (!parsed.success) return
    const done = t('names.saved', { program: programNames[program] })
    const params = { program, names: parsed.data, seen: row?.changedAt ?? 0 }
    const sent = await submit(setBookNames.name, params, done)
    if (sent?.state === 'accepted') onClose()
  }
  const input = (path: string, label: string, value: string, change: (next: string) => void) => (
    <Field label={label} error={wrong(path)}>
      {(ids) => (
        <TextInput
          {...ids}
          readOnly={!permitted}
          maxLength={24}
          value={value}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Field>
  )
  const slot = (name: BookSlot) => {
    const { account, sub } = names.slots[name]
    const change = (next: Partial<BookNames['slots'][BookSlot]>) =>
      setNames({ ...names, slots: { ...names.slots, [name]: { account, sub, ...next } } })
    return (
      <fieldset key={name} className="grid grid-cols-2 gap-2">
        <legend className="mb-0.5 text-muted">{slotLabel(name)}</legend>
        {input(`slots.${name}.account`, t('names.account'), account, (next) => change({ account: next }))}
        {input(`slots.${name}.sub`, t('names.sub'), sub, (next) => change({ sub: next }))}
      </fieldset>
    )
  }
  const taxes = (kind: 'sale' | 'refund') => (
    <fieldset className="grid grid-cols-3 gap-2">
      <legend className="mb-0.5 text-muted">{t(`names.${kind}`)}</legend>
      {taxRates.map((rate) => (
        <div key={rate}>
          {input(`${kind}.${rate}`, `${rate}%`, names[kind][rate], (next) =>
            setNames({ ...names, [kind]: { ...names[kind], [rate]: next } }),
          )}
        </div>
      ))}
    </fieldset>
  )
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('names.dialog', { program: programNames[program] })}
      description={t('names.hint')}
      footer={
        <>
          <Button onClick={onClose}>{common(permitted ? 'action.cancel' : 'action.close')}</Button>
          {permitted && <Button onClick={() => setNames(usualNames[program])}>{t('names.reset')}</Button>}
          {permitted && (
            <Button look="primary" onClick={() => void save()}>
              {t('names.save')}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-x-6 gap-y-3">{bookSlots.map(slot)}</div>
        <Checkbox
          disabled={!permitted}
          checked={names.merchantAsSub}
          onChange={(event) => setNames({ ...names, merchantAsSub: event.target.checked })}
        >
          {t('names.merchantAsSub')}
        </Checkbox>
        {taxes('sale')}
        {taxes('refund')}
        <fieldset className="grid grid-cols-2 gap-2">
          <legend className="mb-0.5 text-muted">{t('names.other')}</legend>
          {input('fee', t('names.fee'), names.fee, (fee) => setNames({ ...names, fee }))}
          {input('none', t('names.none'), names.none, (none) => setNames({ ...names, none }))}
        </fieldset>
        <p className="text-faint">{t('names.taxHint')}</p>
      </div>
    </Dialog>
  )
}
