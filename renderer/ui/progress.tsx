/** A bar from 0 to 1; `null` while the whole is not known. */
export const Progress = ({ label, value }: { readonly label: string; readonly value: number | null }) => (
  <div
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    {...(value !== null && { 'aria-valuenow': Math.round(value * 100) })}
    className="h-1.5 overflow-hidden rounded-full bg-hover"
  >
    <div
      className={value === null ? 'skeleton h-full w-full' : 'h-full rounded-full bg-accent'}
      style={value === null ? {} : { width: `${Math.min(1, Math.max(0, value)) * 100}%` }}
    />
  </div>
)
