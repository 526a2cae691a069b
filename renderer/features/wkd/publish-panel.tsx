import { FolderOutput } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Keyring } from '#protocol/keys.ts'
import { wkdMethods } from '#protocol/wkd.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Field, Select } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states/states.tsx'
import { Status } from '../../ui/status.tsx'
import { domainsOf } from './domains.ts'

type Method = (typeof wkdMethods)[number]

/** Makes the directory of one domain for its web server: public certificates alone. */
export const PublishPanel = ({ keyring }: { readonly keyring: Keyring }) => {
  const { t } = useTranslation('wkd')
  const domains = domainsOf(keyring.entries)
  const [chosen, setChosen] = useState<string | null>(null)
  const [method, setMethod] = useState<Method>('advanced')
  const [left, setLeft] = useState<readonly string[]>([])
  const [done, setDone] = useState<{ readonly folder: string; readonly files: readonly string[] } | null>(null)
  const domain = domains.find(({ name }) => name === chosen) ?? domains[0]
  if (domain === undefined)
    return (
      <Panel title={t('publish.title')}>
        <Empty title={t('publish.none')}>{t('publish.noneHint')}</Empty>
      </Panel>
    )
  const ids = domain.entries.map(({ id }) => id).filter((it) => !left.includes(it))
  const publish = async (): Promise<void> => {
    setDone(null)
    const published = await act(() => desktop.wkd.publish({ ids, domain: domain.name, method }))
    if (published !== null) setDone(published)
  }
  const toggle = (id: string): void =>
    setLeft((now) => (now.includes(id) ? now.filter((it) => it !== id) : [...now, id]))
  const server = method === 'advanced' ? `openpgpkey.${domain.name}` : domain.name
  return (
    <Panel title={t('publish.title')}>
      <div className="flex flex-col gap-3">
        <p className="text-muted">{t('publish.hint')}</p>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={t('publish.domain')}>
            {(fieldIds) => (
              <Select {...fieldIds} value={domain.name} onChange={(it) => setChosen(it.target.value)}>
                {domains.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={t('publish.method')} hint={t('publish.server', { server })}>
            {(fieldIds) => (
              <Select {...fieldIds} value={method} onChange={(it) => setMethod(it.target.value as Method)}>
                {wkdMethods.map((it) => (
                  <option key={it} value={it}>
                    {t(`publish.${it}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <fieldset>
          <legend className="font-bold">{t('publish.keys')}</legend>
          {domain.entries.map(({ id, name, addresses }) => (
            <Checkbox key={id} checked={!left.includes(id)} onChange={() => toggle(id)}>
              {name} <span className="text-muted">{addresses.join('、')}</span>
            </Checkbox>
          ))}
        </fieldset>
        <div>
          <Button
            look="primary"
            icon={<FolderOutput size={16} aria-hidden="true" />}
            disabled={ids.length === 0}
            onClick={() => void publish()}
          >
            {t('publish.run')}
          </Button>
        </div>
        {done !== null && (
          <div role="status" className="flex flex-col gap-1">
            <Status tone="ok">{t('publish.done', { folder: done.folder, count: done.files.length })}</Status>
            <p className="text-muted">{t('publish.next', { server })}</p>
            <ul className="font-mono break-all text-muted">
              {done.files.map((it) => (
                <li key={it}>{it}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Panel>
  )
}
