import { clsx } from 'clsx'
import { useTranslation } from 'react-i18next'
import { compareLines, hunksOf } from './lines.ts'

const looks = { same: 'text-muted', added: 'bg-ok/15 text-text', removed: 'bg-major/15 text-text' } as const
/** What scrolls sideways must be reached by keyboard. */
const scrolls = (label: string) => ({ role: 'group', tabIndex: 0, 'aria-label': label }) as const
const marks = { same: ' ', added: '+', removed: '-' } as const

/** Two texts, line by line: what changed, with two lines around it. */
export const DiffView = ({
  label,
  before,
  after,
}: {
  readonly label: string
  readonly before: string
  readonly after: string
}) => {
  const { t } = useTranslation('policy')
  const hunks = hunksOf(compareLines(before, after))
  if (hunks.length === 0) return <p className="text-faint">{t('diff.none')}</p>
  return (
    <div {...scrolls(label)} className="overflow-x-auto rounded-md border border-line bg-canvas">
      <table className="w-full border-collapse font-mono text-[13px] leading-5">
        <tbody>
          {hunks.flatMap((hunk, nth) =>
            hunk.map(({ kind, text, before: old, after: now }, line) => (
              <tr
                key={`${old ?? ''}-${now ?? ''}`}
                className={clsx(looks[kind], line === 0 && nth > 0 && 'border-line-strong border-t border-dashed')}
              >
                <td className="w-10 px-2 text-right text-faint select-none">{old ?? ''}</td>
                <td className="w-10 px-2 text-right text-faint select-none">{now ?? ''}</td>
                <td className="w-6 px-1 text-center font-bold">
                  <span aria-hidden="true">{marks[kind]}</span>
                  {kind !== 'same' && <span className="sr-only">{t(`diff.${kind}`)}</span>}
                </td>
                <td className="pr-4 whitespace-pre">{text}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  )
}
