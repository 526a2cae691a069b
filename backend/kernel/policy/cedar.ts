/** The engine's functions, behind this folder alone. */
export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs')

let loaded: Promise<Cedar> | undefined

/**
 * Some 4 MiB of WebAssembly, compiled in about 70 ms: loaded when the first kernel opens, which under the app is after
 * the first paint, and in no other process. Rejects when it is missing or damaged.
 */
export const loadCedar = (): Promise<Cedar> => {
  loaded ??= import('@cedar-policy/cedar-wasm/nodejs')
  return loaded
}
