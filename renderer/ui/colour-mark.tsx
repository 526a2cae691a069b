import { clsx } from 'clsx'
import type { Colour } from '#protocol/deployments.ts'

/** The stripe that tells one deployment from another; its name always stands beside it. */
export const colourFills: Readonly<Record<Colour, string>> = {
  grey: 'bg-[#8c9bab]',
  blue: 'bg-[#3b82f6]',
  teal: 'bg-[#14b8a6]',
  green: 'bg-[#22a35a]',
  amber: 'bg-[#e0a106]',
  red: 'bg-[#e5484d]',
  violet: 'bg-[#8b5cf6]',
  pink: 'bg-[#e255a1]',
}

export const ColourMark = ({ colour }: { readonly colour: Colour }) => (
  <span aria-hidden="true" data-shape="" className={clsx('h-4 w-1.5 shrink-0 rounded-sm', colourFills[colour])} />
)
