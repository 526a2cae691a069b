import { clsx } from 'clsx'
import { Search } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { DesktopState } from '#protocol/desktop.ts'
import { colourFills } from '../ui/colour-mark.tsx'
import { Kbd } from '../ui/kbd.tsx'
import { Tag } from '../ui/status.tsx'
import { Connection } from './connection.tsx'
import { firstPaint } from './first-paint.ts'
import { overlays } from './overlays.ts'

const DeploymentSwitch = lazy(async () => {
  await firstPaint
  return { default: (await import('./deployment-switch.tsx')).DeploymentSwitch }
})
const HeaderMenus = lazy(async () => {
  await firstPaint
  return { default: (await import('./header-menus.tsx')).HeaderMenus }
})

/** Which deployment, how it is reached, who is here. */
export const Header = ({ state }: { readonly state: DesktopState | null }) => {
  const { t } = useTranslation('shell')
  if (state?.reviewOnly) return <ReviewHeader />
  return (
    <header
      data-colour={state?.deployment.colour}
      className="relative flex h-13 shrink-0 items-center gap-4 border-line border-b bg-surface px-5 whitespace-nowrap max-xl:gap-2 max-xl:px-3"
    >
      {state && (
        <span
          aria-hidden="true"
          className={clsx('absolute inset-x-0 top-0 h-1', colourFills[state.deployment.colour])}
        />
      )}
      <div className="flex min-w-0 items-center gap-2">
        <Suspense fallback={<span className="truncate px-1.5 font-bold text-[15px]">{state?.deployment.label}</span>}>
          {state && <DeploymentSwitch deployment={state.deployment} />}
        </Suspense>
        {state?.deployment.embedded && <Tag>{t('embedded')}</Tag>}
      </div>
      {state && <Connection link={state.link} />}
      <div className="flex-1" />
      <Suspense>{state && <HeaderMenus state={state} />}</Suspense>
      <PaletteButton />
    </header>
  )
}

/** Started for a review alone: there is no deployment to name and none to reach. */
const ReviewHeader = () => {
  const { t } = useTranslation('review')
  return (
    <header className="flex h-13 shrink-0 items-center gap-4 border-line border-b bg-surface px-5">
      <Tag strong>{t('only.label')}</Tag>
      <span className="min-w-0 truncate text-muted">{t('only.hint')}</span>
      <div className="flex-1" />
      <PaletteButton />
    </header>
  )
}

const PaletteButton = () => {
  const { t } = useTranslation('shell')
  return (
    <button
      type="button"
      onClick={() => overlays.set('palette')}
      className="flex h-8 items-center gap-2 rounded-md border border-line-strong bg-canvas px-2.5 text-muted hover:bg-hover"
    >
      <Search size={16} aria-hidden="true" />
      {t('palette.open')}
      <span className="max-xl:hidden">
        <Kbd>Ctrl K</Kbd>
      </span>
    </button>
  )
}
