/**
 * The contract library asks of every message whether it is a form. Node's own class would load all of undici for the
 * answer, some 50 ms before the first page has its data (docs/decisions/0022); main never handles a form.
 */
class NoForm {}

export function forgoForms(): void {
  Object.defineProperty(globalThis, 'FormData', { value: NoForm, configurable: true, writable: true })
}
