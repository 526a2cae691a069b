import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PaymentCurrency } from '#protocol/payments.ts'
import { majorText, minorOf } from '../../format/money.ts'
import { Field, TextInput } from '../../ui/field.tsx'

interface AmountInputProps {
  readonly label: string
  readonly currency: PaymentCurrency
  /** As it stands when the field first shows: what is typed from then on is the field's own. */
  readonly minor: number | null
  /** null: the field is empty. What is no amount is told below it, and nowhere else. */
  readonly onMinor: (minor: number | null) => void
}

/** As many digits as an address holds; no payment has more. */
const most = 999_999_999_999_999n
const amountIn = (currency: PaymentCurrency, text: string): number | null => {
  const minor = minorOf(currency, text)
  return minor === null || minor > most ? null : Number(minor)
}

/** One end of a range of amounts. */
export const AmountInput = ({ label, currency, minor, onMinor }: AmountInputProps) => {
  const { t } = useTranslation('payments')
  const [text, setText] = useState(minor === null ? '' : majorText(currency, BigInt(minor)))
  const wrong = text.trim() !== '' && amountIn(currency, text) === null
  return (
    <Field label={label} error={wrong ? t(`amountWrong.${currency}`) : null}>
      {(ids) => (
        <TextInput
          {...ids}
          inputMode="decimal"
          className="w-32 text-right"
          maxLength={20}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            const next = amountIn(currency, event.target.value)
            if (event.target.value.trim() === '' || next !== null) onMinor(next)
          }}
        />
      )}
    </Field>
  )
}
