import type { SignedCommand } from '#protocol/command.ts'
import { failureOf } from '#protocol/errors.ts'
import { type InstancePlace, openInstance } from './team.ts'

/** An instance in a process of its own, to be killed and paused: commands come as messages, outcomes go back. */
const place = JSON.parse(process.argv[2] ?? '') as InstancePlace
const { kernel } = await openInstance(place)
process.on('message', ({ nth, command }: { readonly nth: number; readonly command: SignedCommand }) => {
  kernel.submit(command).then(
    (outcome) => process.send?.({ nth, outcome }),
    (thrown: unknown) => process.send?.({ nth, failure: failureOf(thrown) }),
  )
})
process.on('disconnect', () => process.exit())
process.send?.({ ready: true })
