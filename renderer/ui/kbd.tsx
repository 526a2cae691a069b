export const Kbd = ({ children }: { readonly children: string }) => (
  <kbd className="inline-flex min-w-6 items-center justify-center rounded border border-line-strong bg-raised px-1.5 font-sans leading-5 text-muted">
    {children}
  </kbd>
)
