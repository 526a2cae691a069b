import { useTranslation } from 'react-i18next'
import { Field, TextInput } from '../../ui/field.tsx'

/** As a person types them: both ends count. */
export interface TypedRange {
  readonly from: string
  readonly to: string
}

const isIndex = (text: string): boolean => /^[0-9]{1,15}$/.test(text)

/**
 * Entries [from, to), `to` null for an empty end.
 * @param within what may be chosen from, [from, to)
 * @returns null where it is no range
 */
export const rangeOf = (
  { from, to }: TypedRange,
  within = { from: 0, to: Number.POSITIVE_INFINITY },
): { readonly from: number; readonly to: number | null } | null => {
  if (!isIndex(from) || (to !== '' && !isIndex(to))) return null
  const first = Number(from)
  const end = to === '' ? null : Number(to) + 1
  if (first < within.from || first >= (end ?? within.to) || (end ?? 0) > within.to) return null
  return { from: first, to: end }
}

interface RangeFieldsProps {
  readonly range: TypedRange
  readonly onChange: (range: TypedRange) => void
  /** What an empty end means, or what may be chosen. */
  readonly hint: string
  readonly error: string | null
}

export const RangeFields = ({ range, onChange, hint, error }: RangeFieldsProps) => {
  const { t } = useTranslation('review')
  return (
    <div className="flex flex-wrap items-start gap-4">
      <Field label={t('export.from')}>
        {(ids) => (
          <TextInput
            {...ids}
            className="w-36"
            inputMode="numeric"
            value={range.from}
            onChange={({ target }) => onChange({ ...range, from: target.value })}
          />
        )}
      </Field>
      <Field label={t('export.to')} hint={hint} error={error}>
        {(ids) => (
          <TextInput
            {...ids}
            className="w-36"
            inputMode="numeric"
            value={range.to}
            onChange={({ target }) => onChange({ ...range, to: target.value })}
          />
        )}
      </Field>
    </div>
  )
}
