import { useQuery } from '@tanstack/react-query'
import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { desktop } from '../../app/desktop.ts'
import { failureIn } from '../../app/failure.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { SearchInput } from '../../ui/search-input.tsx'
import { Empty, Failed, Loading } from '../../ui/states/states.tsx'
import { Tag } from '../../ui/status.tsx'

type Licence = Awaited<ReturnType<typeof desktop.app.licences>>[number]
const webLinks = ['electron', 'openpgp', 'merkle'] as const

const builtAt = (text: string): string => {
  const at = Date.parse(text)
  return Number.isNaN(at) ? text : dateTime(at)
}

const Versions = () => {
  const { t } = useTranslation('about')
  const about = useQuery({ queryKey: ['app.about'], queryFn: () => desktop.app.about({}) })
  if (about.isPending) return <Loading rows={6} />
  if (about.isError) return <Failed failure={failureIn(about.error)} onRetry={() => void about.refetch()} />
  const facts = [
    ['version', about.data.version],
    ['commit', about.data.commit],
    ['builtAt', builtAt(about.data.builtAt)],
    ['electron', about.data.electron],
    ['chromium', about.data.chromium],
    ['node', about.data.node],
    ['sqlite', about.data.sqlite],
    ['userData', about.data.userData],
  ] as const
  return (
    <>
      {!about.data.official && (
        <p role="note" className="mb-3 flex items-center gap-3 rounded-md border border-warning px-3 py-2">
          <Tag>unofficial-dev</Tag>
          <span>
            <span className="font-bold text-warning">{t('unofficial')}</span>　{t('unofficialHint')}
          </span>
        </p>
      )}
      <dl className="divide-y divide-line">
        {facts.map(([name, value]) => (
          <div key={name} className="grid grid-cols-[160px_minmax(0,1fr)] gap-3 py-1.5">
            <dt className="text-faint">{t(`fact.${name}`)}</dt>
            <dd className="selectable break-words font-mono">{value === '' ? '–' : value}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const Licences = () => {
  const { t } = useTranslation('about')
  const [text, setText] = useState('')
  const [open, setOpen] = useState<Licence | null>(null)
  const licences = useQuery({ queryKey: ['app.licences'], queryFn: () => desktop.app.licences({}) })
  if (licences.isPending) return <Loading rows={6} />
  if (licences.isError) return <Failed failure={failureIn(licences.error)} onRetry={() => void licences.refetch()} />
  const found = licences.data.filter(({ name }) => name.toLowerCase().includes(text.trim().toLowerCase()))
  return (
    <div className="flex flex-col gap-2">
      <SearchInput label={t('search')} value={text} onSearch={setText} />
      {found.length === 0 && <Empty title={t('none')} />}
      <ul className="divide-y divide-line">
        {found.map((licence) => (
          <li key={`${licence.name}@${licence.version}`} className="flex items-center gap-3 py-1">
            <span className="min-w-0 flex-1 truncate font-bold">{licence.name}</span>
            <span className="figure text-muted">{licence.version}</span>
            <span className="w-32 truncate text-muted">{licence.licence}</span>
            <Button small aria-label={t('readOf', { name: licence.name })} onClick={() => setOpen(licence)}>
              {t('read')}
            </Button>
          </li>
        ))}
      </ul>
      {open && (
        <Dialog
          open
          wide
          title={`${open.name} ${open.version}`}
          description={open.licence}
          onClose={() => setOpen(null)}
        >
          <pre className="selectable whitespace-pre-wrap font-mono">{open.text}</pre>
        </Dialog>
      )}
    </div>
  )
}

/** What this program is made of. */
export const AboutPage = () => {
  const { t } = useTranslation('about')
  const { t: common } = useTranslation()
  return (
    <div className="h-full overflow-y-auto [scrollbar-gutter:stable] px-5 py-4">
      <div className="flex max-w-4xl flex-col gap-3">
        <h1 className="font-bold text-[20px]">{common('page.about')}</h1>
        <Panel title="Libral Control Center">
          <Versions />
          <div className="mt-3 flex gap-2">
            {webLinks.map((link) => (
              <Button
                key={link}
                small
                icon={<ExternalLink size={14} aria-hidden="true" />}
                onClick={() => void desktop.app.openLink({ link })}
              >
                {t(`link.${link}`)}
              </Button>
            ))}
          </div>
        </Panel>
        <Panel title={t('licences')}>
          <Licences />
        </Panel>
      </div>
    </div>
  )
}
