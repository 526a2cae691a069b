import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import { Checkbox } from './field.tsx'
import { Popover } from './popover.tsx'

interface Option<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly mark?: ReactNode
}

interface MultiSelectProps<Value extends string> {
  readonly label: string
  readonly options: readonly Option<Value>[]
  readonly chosen: readonly Value[]
  readonly onChange: (chosen: readonly Value[]) => void
}

/** Any of a few, as a list of check boxes behind a button that names what is chosen. */
export const MultiSelect = <Value extends string>({ label, options, chosen, onChange }: MultiSelectProps<Value>) => {
  const { t } = useTranslation()
  const first = options.find(({ value }) => value === chosen[0])?.label ?? chosen[0]
  const toggle = (value: Value): void =>
    onChange(
      chosen.includes(value)
        ? chosen.filter((it) => it !== value)
        : options.map((option) => option.value).filter((it) => it === value || chosen.includes(it)),
    )
  return (
    <Popover
      label={label}
      className="min-w-48"
      trigger={
        <Button look={chosen.length > 0 ? 'primary' : 'secondary'} className="font-normal">
          {label}
          {chosen.length > 0 && (
            <span className="max-w-44 truncate font-bold">
              {first}
              {chosen.length > 1 && t('more', { count: chosen.length - 1 })}
            </span>
          )}
          <ChevronDown size={14} aria-hidden="true" />
        </Button>
      }
    >
      {options.map((option) => (
        <Checkbox key={option.value} checked={chosen.includes(option.value)} onChange={() => toggle(option.value)}>
          {option.mark ?? option.label}
        </Checkbox>
      ))}
      <div className="mt-2 border-line border-t pt-2">
        <Button small look="quiet" disabled={chosen.length === 0} onClick={() => onChange([])}>
          {t('action.clear')}
        </Button>
      </div>
    </Popover>
  )
}
