import { encode } from 'uqr'

/** Modules of white around a QR code that readers need (ISO/IEC 18004). */
const quiet = 4

/** A QR code of a text as an SVG path of dark modules, and its width in modules with the white around. */
export const qrPath = (text: string): { readonly size: number; readonly path: string } => {
  const { data, size } = encode(text, { ecc: 'M', border: quiet })
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return { size, path }
}
