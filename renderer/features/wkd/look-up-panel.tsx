import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '#protocol/errors.ts'
import type { ImportResult } from '#protocol/keys.ts'
import { act } from '../../app/act.ts'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { date } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Failed, Loading } from '../../ui/states/states.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { ImportResultDialog } from '../keys/import-dialogs.tsx'
import { grouped } from '../keys/key-text.ts'

type Found = Awaited<ReturnType<typeof desktop.wkd.lookUp>>

/** Asks the directory of an address's domain, and shows what it answered before anything is kept. */
export const LookUpPanel = () => {
  const { t } = useTranslation('wkd')
  const [address, setAddress] = useState('')
  const [asking, setAsking] = useState(false)
  const [found, setFound] = useState<Found | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [result, setResult] = useState<ImportResult | null>(null)
  const lookUp = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setAsking(true)
    setFound(null)
    setFailure(null)
    try {
      setFound(await desktop.wkd.lookUp({ address }))
    } catch (thrown) {
      setFailure(failureIn(thrown))
    } finally {
      setAsking(false)
    }
  }
  const take = async (id: string): Promise<void> => {
    const taken = await act(() => desktop.wkd.take({ id }))
    if (taken === null) return
    setFound(null)
    setResult(taken)
  }
  return (
    <Panel title={t('lookUp.title')}>
      <form onSubmit={(event) => void lookUp(event)}>
        <Field label={t('lookUp.address')} hint={t('lookUp.hint')}>
          {(ids) => (
            <div className="flex gap-2">
              <TextInput {...ids} value={address} maxLength={254} onChange={(it) => setAddress(it.target.value)} />
              <Button
                type="submit"
                look="primary"
                icon={<Search size={16} aria-hidden="true" />}
                disabled={asking || address.trim() === ''}
              >
                {t('lookUp.run')}
              </Button>
            </div>
          )}
        </Field>
      </form>
      {asking && <Loading rows={2} />}
      {failure !== null && <Failed failure={failure} />}
      {found !== null && <Answer found={found} onTake={() => void take(found.id)} />}
      {result !== null && <ImportResultDialog result={result} onClose={() => setResult(null)} />}
    </Panel>
  )
}

const Answer = ({ found, onTake }: { readonly found: Found; readonly onTake: () => void }) => {
  const { t } = useTranslation('wkd')
  const { t: keys } = useTranslation('keys')
  return (
    <div className="mt-2 flex flex-col gap-3" role="status">
      <p className="text-muted">{t(`lookUp.from.${found.method}`, { host: found.host })}</p>
      <ul className="flex flex-col gap-3">
        {found.certificates.map((it) => (
          <li key={it.fingerprint} className="rounded-md border border-line-strong px-3 py-2">
            <p className="flex flex-wrap items-center gap-2">
              <span className="font-bold">{it.userIds.join('、')}</span>
              <Tag>{keys('version', { version: it.version })}</Tag>
              {it.known && <Tag>{t('lookUp.known')}</Tag>}
            </p>
            <p className="font-mono break-all">{grouped(it.fingerprint)}</p>
            <p className="text-muted">{t('lookUp.created', { at: date(it.createdAt) })}</p>
          </li>
        ))}
      </ul>
      <div>
        <Status tone="warning">{keys('unconfirmed')}</Status>
        <p className="text-muted">{t('lookUp.unconfirmedHint')}</p>
      </div>
      <div>
        <Button look="primary" onClick={onTake}>
          {keys('import')}
        </Button>
      </div>
    </div>
  )
}
