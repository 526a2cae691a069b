import { useEffect, useState } from 'react'
import type { Envelope, MessagePlan } from '#protocol/messages.ts'
import { desktop } from '../../app/desktop.ts'

/** What the vault makes of an envelope; null until it has said so. `revision`: of the keyring, whose change may change it. */
export const usePlan = (envelope: Envelope, revision: number): MessagePlan | null => {
  const [plan, setPlan] = useState<{ readonly of: string; readonly plan: MessagePlan } | null>(null)
  const asked = JSON.stringify([envelope, revision])
  useEffect(() => {
    let stale = false
    const [wanted] = JSON.parse(asked) as [Envelope]
    desktop.messages.plan(wanted).then(
      (made) => {
        if (!stale) setPlan({ of: asked, plan: made })
      },
      // Locked: the page shows that instead.
      () => {},
    )
    return () => {
      stale = true
    }
  }, [asked])
  return plan?.of === asked ? plan.plan : null
}

/** Whether it can be done as it stands. */
export const isReady = (plan: MessagePlan | null): plan is MessagePlan =>
  plan !== null && [...plan.recipients, plan.self, plan.signer].every((it) => it === null || it.refusal === null)
