import { Switch as Radix } from 'radix-ui'

interface SwitchProps {
  readonly label: string
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

/** On to the right with a tick, off to the left with a ring: told apart without colour. */
export const Switch = ({ label, checked, disabled = false, onChange }: SwitchProps) => (
  <Radix.Root
    aria-label={label}
    checked={checked}
    disabled={disabled}
    onCheckedChange={onChange}
    className="relative h-6 w-11 shrink-0 rounded-full border border-line-strong bg-raised transition-colors disabled:opacity-50 data-[state=checked]:border-transparent data-[state=checked]:bg-accent-fill"
  >
    <Radix.Thumb className="grid size-5 translate-x-0.5 place-items-center rounded-full bg-muted transition-transform data-[state=checked]:translate-x-5 data-[state=checked]:bg-on-fill">
      <svg
        aria-hidden="true"
        width="10"
        height="10"
        viewBox="0 0 10 10"
        fill="none"
        strokeWidth="2"
        strokeLinecap="round"
      >
        {checked ? (
          <path d="m2 5.4 2 2 4-4.6" stroke="var(--accent-fill)" />
        ) : (
          <circle cx="5" cy="5" r="2.6" stroke="var(--surface)" />
        )}
      </svg>
    </Radix.Thumb>
  </Radix.Root>
)
