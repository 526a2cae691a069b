import { Bookmark, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { act } from '../../app/act.ts'
import { changeSettings, useSettings } from '../../app/streams.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { Popover } from '../../ui/popover.tsx'

const most = 30

interface SavedFiltersProps {
  /** The present filter as it stands in the address; empty: nothing to save. */
  readonly search: string
  readonly onChoose: (search: string) => void
}

/** Filters under names of the operator's own, kept on this desktop. */
export const SavedFilters = ({ search, onChoose }: SavedFiltersProps) => {
  const { t } = useTranslation('payments')
  const { t: common } = useTranslation()
  const kept = useSettings()?.paymentFilters ?? []
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const now = kept.find((one) => one.search === search)
  const save = (event: FormEvent): void => {
    event.preventDefault()
    const wanted = name.trim()
    if (wanted === '') return
    const rest = kept.filter((one) => one.name !== wanted)
    setName('')
    setOpen(false)
    void act(() => changeSettings({ paymentFilters: [{ name: wanted, search }, ...rest] }))
  }
  return (
    <Popover
      label={t('saved.title')}
      className="w-72"
      align="end"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button small icon={<Bookmark size={14} aria-hidden="true" />}>
          {t('saved.title')}
          {now !== undefined && <span className="max-w-40 truncate">{now.name}</span>}
        </Button>
      }
    >
      {kept.length === 0 && <p className="text-faint">{t('saved.none')}</p>}
      <ul className="flex flex-col">
        {kept.map((one) => (
          <li key={one.name} className="flex items-center gap-1">
            <Button
              look="quiet"
              className="min-w-0 flex-1 justify-start!"
              aria-pressed={one === now}
              onClick={() => {
                setOpen(false)
                onChoose(one.search)
              }}
            >
              <span className="truncate">{one.name}</span>
            </Button>
            <IconButton
              label={t('saved.remove', { name: one.name })}
              onClick={() => void act(() => changeSettings({ paymentFilters: kept.filter((it) => it !== one) }))}
            >
              <Trash2 size={15} aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
      {search !== '' && now === undefined && kept.length >= most && (
        <p className="mt-2 border-line border-t pt-2 text-muted">{t('saved.full', { most })}</p>
      )}
      {search !== '' && now === undefined && kept.length < most && (
        <form className="mt-2 flex gap-2 border-line border-t pt-2" onSubmit={save}>
          <TextInput
            aria-label={t('saved.name')}
            placeholder={t('saved.name')}
            value={name}
            maxLength={40}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit">{common('action.save')}</Button>
        </form>
      )}
    </Popover>
  )
}
