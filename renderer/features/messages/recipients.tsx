import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { KeyEntry } from '#protocol/keys.ts'
import { Checkbox } from '../../ui/field.tsx'
import { SearchInput } from '../../ui/search-input.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { matches, stateTone } from '../keys/key-text.ts'

interface RecipientsProps {
  readonly entries: readonly KeyEntry[]
  readonly chosen: readonly string[]
  readonly onChange: (chosen: readonly string[]) => void
}

/** More than these are searched. */
const few = 6

/** The keyring's lines to encrypt to, those of others first; what is chosen stays in sight. */
export const Recipients = ({ entries, chosen, onChange }: RecipientsProps) => {
  const { t } = useTranslation('messages')
  const { t: keys } = useTranslation('keys')
  const [search, setSearch] = useState('')
  const shown = [...entries]
    .sort((a, b) => Number(a.own) - Number(b.own))
    .filter((it) => chosen.includes(it.id) || matches(it, search))
  const toggle = (id: string): void =>
    onChange(chosen.includes(id) ? chosen.filter((it) => it !== id) : [...chosen, id])
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-bold">{t('recipients')}</legend>
      {entries.length > few && <SearchInput label={keys('search')} value={search} onSearch={setSearch} />}
      {entries.length === 0 && <p className="text-muted">{t('recipientsNone')}</p>}
      <div className="flex max-h-64 flex-col overflow-y-auto">
        {shown.map((it) => (
          <Checkbox key={it.id} checked={chosen.includes(it.id)} onChange={() => toggle(it.id)}>
            <span className="flex flex-wrap items-center gap-x-2">
              <span>{it.name}</span>
              {it.email !== '' && it.email !== it.name && <span className="break-all text-muted">{it.email}</span>}
              {it.own && <Tag>{t('ownTag')}</Tag>}
              {it.state !== 'valid' && <Status tone={stateTone[it.state]}>{keys(`keyState.${it.state}`)}</Status>}
              {!it.own && it.certificates.every(({ confirmedAt }) => confirmedAt === null) && (
                <Tag>{keys('unconfirmed')}</Tag>
              )}
            </span>
          </Checkbox>
        ))}
      </div>
    </fieldset>
  )
}
