import { BellOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { goTo } from '../../app/navigation.ts'
import { Button } from '../../ui/button.tsx'
import { useJudging } from './use-judging.ts'

/** Says above the lists that the module behind them has stopped. */
export const NotJudging = () => {
  const { t } = useTranslation('alerts')
  if (useJudging()) return null
  return (
    <div role="alert" className="flex items-center gap-3 rounded-lg border border-major bg-surface px-4 py-2.5">
      <BellOff size={18} aria-hidden="true" className="shrink-0 text-major" />
      <p className="min-w-0 flex-1">
        <span className="mr-3 font-bold text-major">{t('notJudging.title')}</span>
        {t('notJudging.text')}
      </p>
      <Button small onClick={() => goTo({ page: 'monitoring', key: null })}>
        {t('notJudging.go')}
      </Button>
    </div>
  )
}
