import { useTranslation } from 'react-i18next'
import { replacePlace, useLocation } from '../../app/navigation.ts'
import { useDesktopState } from '../../app/streams.ts'
import { Segmented } from '../../ui/segmented.tsx'
import { Stale } from '../../ui/states/note-line.tsx'
import { AlertList } from './alert-list.tsx'
import { NotJudging } from './not-judging.tsx'
import { RuleList } from './rule-list.tsx'

const parts = ['alerts', 'rules'] as const

/** What needs a person, and the rules that decide so. */
export const AlertsPage = () => {
  const { t } = useTranslation('alerts')
  const { t: common } = useTranslation()
  const { search, key } = useLocation()
  const link = useDesktopState()?.link
  const part = new URLSearchParams(search).get('part') === 'rules' ? 'rules' : 'alerts'
  return (
    <div className="flex h-full flex-col gap-3 overflow-y-auto px-5 py-4">
      <div className="flex items-center gap-4">
        <h1 className="font-bold text-[20px]">{common('page.alerts')}</h1>
        <Segmented
          label={t('part.label')}
          value={part}
          options={parts.map((value) => ({ value, label: t(`part.${value}`) }))}
          onChange={(next) => replacePlace({ page: 'alerts', key, search: next === 'rules' ? 'part=rules' : '' })}
        />
        {link && link.state !== 'live' && link.currentAt !== null && <Stale at={link.currentAt} />}
      </div>
      <NotJudging />
      {part === 'rules' ? <RuleList /> : <AlertList />}
    </div>
  )
}
