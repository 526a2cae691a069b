import { Check, ChevronDown, FlaskConical, Settings2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { demoKey } from '#protocol/deployment-keys.ts'
import type { DesktopState, LinkState } from '#protocol/desktop.ts'
import { ColourMark } from '../ui/colour-mark.tsx'
import { Kbd } from '../ui/kbd.tsx'
import { Popover } from '../ui/popover.tsx'
import { Status } from '../ui/status.tsx'
import { linkTones } from './connection.tsx'
import { openDemo, showDeployment, useDeployments } from './deployments.ts'
import { goTo } from './navigation.ts'

const row = 'flex w-full items-center gap-2.5 rounded-md px-2.5 py-2 text-left hover:bg-hover'

/** Which deployment this window shows, and the way to the others. */
export const DeploymentSwitch = ({ deployment }: { readonly deployment: DesktopState['deployment'] }) => {
  const { t } = useTranslation('deployments')
  const { t: shell } = useTranslation('shell')
  const [open, setOpen] = useState(false)
  const list = useDeployments()
  return (
    <Popover
      label={t('switch')}
      open={open}
      onOpenChange={setOpen}
      className="w-120"
      trigger={
        <button
          type="button"
          aria-label={`${t('switch')} ${deployment.label}`}
          title={deployment.id}
          className="flex min-w-0 items-center gap-2 rounded-md px-1.5 py-1 hover:bg-hover"
        >
          <ColourMark colour={deployment.colour} />
          <span className="truncate font-bold text-[15px]">{deployment.label}</span>
          <ChevronDown size={16} aria-hidden="true" className="shrink-0 text-muted" />
        </button>
      }
    >
      <ul className="flex flex-col gap-0.5">
        {list?.known.map((it, index) => (
          <li key={it.key}>
            <button
              type="button"
              className={row}
              aria-current={it.key === list.shown}
              onClick={() => {
                setOpen(false)
                void showDeployment(it.key)
              }}
            >
              <ColourMark colour={it.colour} />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-bold">{it.name}</span>
                <span className="block truncate text-faint">
                  {it.embedded ? t('embedded') : (it.link.address ?? it.addresses[0]?.url)}
                </span>
              </span>
              <Status tone={linkTones[it.link.state as LinkState] ?? 'off'}>
                {shell(`connection.${it.link.state as LinkState}`)}
              </Status>
              {it.key === list.shown && <Check size={16} aria-label={t('shown')} />}
              {index < 9 && <Kbd>{`Ctrl Alt ${index + 1}`}</Kbd>}
            </button>
          </li>
        ))}
      </ul>
      {list?.known.some(({ key }) => key === demoKey) === false && (
        <button
          type="button"
          className={`${row} mt-1 border-line border-t text-muted`}
          title={t('demo.note')}
          onClick={() => {
            setOpen(false)
            void openDemo()
          }}
        >
          <FlaskConical size={16} aria-hidden="true" />
          {t('demo.open')}
        </button>
      )}
      <button
        type="button"
        className={`${row} mt-1 border-line border-t text-muted`}
        onClick={() => {
          setOpen(false)
          goTo({ page: 'settings', key: null, search: 'part=deployments' })
        }}
      >
        <Settings2 size={16} aria-hidden="true" />
        {t('manage')}
      </button>
    </Popover>
  )
}
