import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { licences } from './build/licences.ts'

const root = import.meta.dirname

// The oldest engine that runs the app: Electron 42.0.0 is Node 24.15 and Chromium 148, newer Electrons have more.
const nodeTarget = 'node24'
const chromeTarget = 'chrome148'

// openpgp is LGPL: it stays a file of its own that anybody may replace. Cedar reads its WebAssembly from beside itself.
const external = [
  'better-sqlite3-multiple-ciphers',
  'openpgp',
  '@cedar-policy/cedar-wasm/nodejs',
  'koffi',
  'bufferutil',
  'utf-8-validate',
]

const mainEntries = {
  index: 'main/index.ts',
  replica: 'main/replica/worker.ts',
  review: 'main/audit/review/worker.ts',
  libral: 'main/cli/index.ts',
  'bundle-worker': 'main/audit/bundle/worker.ts',
  vault: 'main/vault/process.ts',
  'pkcs11-process': 'main/vault/hardware/pkcs11-process.ts',
  backend: 'backend/embedded.ts',
  'backend-standalone': 'backend/standalone.ts',
  'backend-commands': 'backend/commands/index.ts',
}

const licencePlugin = licences({
  root,
  always: [
    'better-sqlite3-multiple-ciphers',
    'openpgp',
    '@cedar-policy/cedar-wasm',
    'koffi',
    'electron',
    '@fontsource-variable/noto-sans-jp',
    '@fontsource-variable/noto-sans-mono',
    'tailwindcss',
  ],
  file: resolve(root, 'out/licences.json'),
})

const inRoot = (entries: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, resolve(root, path)]))

export default defineConfig({
  main: {
    plugins: [licencePlugin],
    // fflate's ES module declares a `require` of its own, and electron-vite adds another one to every chunk: two in
    // one chunk are a syntax error. Its CommonJS twin keeps its names to itself.
    resolve: { alias: { fflate: resolve(root, 'node_modules/fflate/lib/node.cjs') } },
    build: {
      outDir: 'out/main',
      target: nodeTarget,
      minify: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: inRoot(mainEntries),
        external,
        output: { format: 'es', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    plugins: [licencePlugin],
    build: {
      outDir: 'out/preload',
      target: nodeTarget,
      minify: true,
      externalizeDeps: false,
      // A sandboxed preload is loaded as one CommonJS file.
      rolldownOptions: {
        input: inRoot({ index: 'preload/index.ts' }),
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: resolve(root, 'renderer'),
    plugins: [react(), tailwindcss(), licencePlugin],
    // The page is served as app://main, from which Vite's client could not guess where its server listens.
    server: { port: 5173, strictPort: true, hmr: { protocol: 'ws', host: 'localhost', clientPort: 5173 } },
    build: {
      outDir: resolve(root, 'out/renderer'),
      target: chromeTarget,
      minify: true,
      rolldownOptions: {
        input: inRoot({ index: 'renderer/index.html', vault: 'renderer/vault.html' }),
        // One file before the first paint: each costs a way through main, which is busy then.
        // The vault's window carries nothing of them.
        output: {
          codeSplitting: {
            groups: [
              { name: 'vault', test: /renderer\/vault/, priority: 2 },
              { name: 'first', tags: ['$initial'], priority: 1 },
            ],
          },
        },
      },
    },
  },
})
