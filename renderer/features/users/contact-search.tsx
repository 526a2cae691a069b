import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { sayFailure } from '../../app/submit.ts'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'

interface SearchProps {
  /** Operators whose contact matches; null: nothing is searched for. */
  readonly found: readonly string[] | null
  readonly onFound: (operators: readonly string[] | null) => void
}

/** Finds whose contact has exactly this phone number or e-mail address; what is typed is sent, never stored. */
export const ContactSearch = ({ found, onFound }: SearchProps) => {
  const { t } = useTranslation('users')
  const [value, setValue] = useState('')
  const search = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const wanted = value.trim()
    if (wanted === '') return onFound(null)
    try {
      const field = wanted.includes('@') ? 'email' : 'phone'
      const { rows } = await desktop.sealed.find({ collection: 'session.contacts', field, value: wanted })
      onFound(rows)
    } catch (thrown) {
      sayFailure(failureIn(thrown))
    }
  }
  return (
    <form className="flex items-center gap-2 px-4 pb-2" onSubmit={(event) => void search(event)}>
      <TextInput
        aria-label={t('contact.search')}
        placeholder={t('contact.search')}
        className="w-80"
        value={value}
        maxLength={254}
        onChange={(event) => {
          setValue(event.target.value)
          if (event.target.value === '') onFound(null)
        }}
      />
      <Button type="submit" icon={<Search size={14} aria-hidden="true" />}>
        {t('contact.searchAction')}
      </Button>
      <span role="status" className="text-muted">
        {found === null ? '' : t('contact.found', { count: found.length })}
      </span>
    </form>
  )
}
