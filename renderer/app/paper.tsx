import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Paper } from '#protocol/paper.ts'
import { changeLocale } from '../i18n/i18n.ts'
import { desktop } from './desktop.ts'

/** A report speaks the app's language; a document over a payment is made for Japan's tax office, and is in Japanese. */
const speak = async (kind: Paper['kind']): Promise<void> => {
  if (kind === 'document') return changeLocale('ja')
  for await (const settings of await desktop.settings.watch({})) return changeLocale(settings.locale)
}

/** Across each page: a document of the demo is worth nothing to anybody. */
const MadeUp = () => {
  const { t } = useTranslation('deployments')
  return (
    <p
      aria-hidden="true"
      className="-rotate-30 pointer-events-none fixed inset-0 z-10 grid place-items-center font-bold text-[#e5484d]/25 text-[120px]"
    >
      {t('demo.paper')}
    </p>
  )
}

const drawn = async (paper: Paper): Promise<ReactNode> => {
  if (paper.kind === 'report') {
    const { ReportPage } = await import('../features/audit/report-page.tsx')
    return <ReportPage data={paper.data} />
  }
  const { DocumentPage } = await import('../features/payments/invoices/document-page.tsx')
  return (
    <>
      <DocumentPage row={paper.data} />
      {paper.demo && <MadeUp />}
    </>
  )
}

/** What the hidden window shows; main prints it once it says that it stands there. */
export const PaperWindow = () => {
  const [page, setPage] = useState<ReactNode>(null)
  useEffect(() => {
    document.documentElement.dataset['theme'] = 'light'
    const load = async (): Promise<void> => {
      const paper = await desktop.paper.data({})
      await speak(paper.kind)
      setPage(await drawn(paper))
    }
    void load()
  }, [])
  useEffect(() => {
    if (page === null) return
    const tell = async (): Promise<void> => {
      // Laid out, every face that the text needs has been asked for.
      document.body.getBoundingClientRect()
      await document.fonts.ready
      await desktop.paper.drawn({})
    }
    void tell()
  }, [page])
  return page
}
