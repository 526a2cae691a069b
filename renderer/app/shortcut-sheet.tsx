import { useTranslation } from 'react-i18next'
import { Dialog } from '../ui/dialog.tsx'
import { Kbd } from '../ui/kbd.tsx'
import { pageEntries } from './pages.tsx'

const general = [
  { keys: ['Ctrl', 'K'], action: 'palette' },
  { keys: ['?'], action: 'sheet' },
  { keys: ['/'], action: 'search' },
  { keys: ['Esc'], action: 'escape' },
  { keys: ['Ctrl', 'Alt', '1'], action: 'deployment' },
] as const
const events = [
  { keys: ['↑', '↓'], action: 'row' },
  { keys: ['Enter'], action: 'details' },
  { keys: ['Space'], action: 'select' },
  { keys: ['A'], action: 'acknowledge' },
  { keys: ['P'], action: 'pause' },
  { keys: ['Home'], action: 'newest' },
] as const

const Keys = ({ keys }: { readonly keys: readonly string[] }) => (
  <span className="flex w-32 gap-1">
    {keys.map((key) => (
      <Kbd key={key}>{key}</Kbd>
    ))}
  </span>
)

export const ShortcutSheet = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation('shell')
  const { t: common } = useTranslation()
  return (
    <Dialog open onClose={onClose} title={t('shortcuts.title')} wide>
      <div className="grid grid-cols-2 gap-8">
        <section>
          <h3 className="mb-2 font-bold text-muted">{t('shortcuts.everywhere')}</h3>
          <ul className="flex flex-col gap-2">
            {general.map(({ keys, action }) => (
              <li key={action} className="flex items-center gap-3">
                <Keys keys={keys} />
                {t(`shortcuts.${action}`)}
              </li>
            ))}
            {pageEntries.map(
              ({ page, digit }) =>
                digit !== null && (
                  <li key={page} className="flex items-center gap-3">
                    <Keys keys={['Ctrl', digit]} />
                    {t('shortcuts.page', { page: common(`page.${page}`) })}
                  </li>
                ),
            )}
          </ul>
        </section>
        <section>
          <h3 className="mb-2 font-bold text-muted">{common('page.events')}</h3>
          <ul className="flex flex-col gap-2">
            {events.map(({ keys, action }) => (
              <li key={action} className="flex items-center gap-3">
                <Keys keys={keys} />
                {t(`shortcuts.${action}`)}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </Dialog>
  )
}
