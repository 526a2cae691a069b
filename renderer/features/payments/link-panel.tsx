import { Copy } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { PaymentRow } from '#protocol/payments-records.ts'
import { act } from '../../app/act.ts'
import { showToast } from '../../app/toasts.ts'
import { dateTime } from '../../format/instant.ts'
import { Button } from '../../ui/button.tsx'
import { qrPath } from './qr.ts'

/** Dark on white in either theme: readers ask for it. */
const Qr = ({ url, label }: { readonly url: string; readonly label: string }) => {
  const { size, path } = useMemo(() => qrPath(url), [url])
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="size-56 shrink-0 rounded-md bg-white text-black"
    >
      <path d={path} fill="currentColor" />
    </svg>
  )
}

/** What a buyer opens or scans to pay. */
export const LinkPanel = ({ row }: { readonly row: PaymentRow }) => {
  const { t } = useTranslation('payments')
  const { t: common } = useTranslation()
  if (row.link === null) return null
  const { url, expiresAt } = row.link
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(url)
    showToast({ tone: 'ok', title: common('action.copied') })
  }
  return (
    <section aria-label={t('link.title')} className="flex flex-wrap gap-5 rounded-lg border border-line bg-surface p-4">
      <Qr url={url} label={t('link.qr')} />
      <div className="flex min-w-64 flex-1 flex-col gap-2">
        <h3 className="font-bold">{t('link.title')}</h3>
        <p className="selectable break-all font-mono">{url}</p>
        <div>
          <Button icon={<Copy size={15} aria-hidden="true" />} onClick={() => void act(copy)}>
            {t('link.copy')}
          </Button>
        </div>
        <p className="text-muted">
          {expiresAt === null ? t('link.noEnd') : t('link.until', { at: dateTime(expiresAt) })}
        </p>
        <p className="text-muted">{t(`link.how.${row.provider}`)}</p>
      </div>
    </section>
  )
}
